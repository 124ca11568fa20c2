import { Conv2d, crossEntropy, functional, Linear, Module, type Tensor } from '@gradus/gradus';
import type { Step } from '../../contender.ts';
import type { LeNet } from '../../workloads/lenet.ts';
import { tensorOf, training } from './training.ts';

class Model extends Module {
  conv1 = new Conv2d(1, 6, 5, { padding: 2 });
  conv2 = new Conv2d(6, 16, 5);
  fc1 = new Linear(400, 120);
  fc2 = new Linear(120, 84);
  fc3 = new Linear(84, 10);

  override forward(x: Tensor): Tensor {
    const wide = functional.maxPool2d(this.conv1.forward(x).tanh(), 2);
    const deep = functional.maxPool2d(this.conv2.forward(wide).tanh(), 2);
    const hidden = this.fc1.forward(deep.flatten(1)).tanh();
    return this.fc3.forward(this.fc2.forward(hidden).tanh());
  }
}

export function lenet(workload: LeNet): Step {
  const model = new Model();
  const [x, labels] = [tensorOf(workload.x), tensorOf(workload.labels)];
  return training(workload, model, () => crossEntropy(model.forward(x), labels));
}
