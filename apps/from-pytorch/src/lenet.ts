import * as gradus from '@gradus/gradus';
import { functional as F, nn, type Tensor } from '@gradus/gradus';

class LeNet extends nn.Module {
  readonly conv1 = new nn.Conv2d(1, 6, 5, { padding: 2 });
  readonly conv2 = new nn.Conv2d(6, 16, 5);
  readonly fc1 = new nn.Linear(16 * 5 * 5, 120);
  readonly fc2 = new nn.Linear(120, 84);
  readonly fc3 = new nn.Linear(84, 10);

  override forward(x: Tensor): Tensor {
    x = F.maxPool2d(gradus.tanh(this.conv1.forward(x)), 2);
    x = F.maxPool2d(gradus.tanh(this.conv2.forward(x)), 2);
    x = x.flatten(1);
    x = gradus.tanh(this.fc1.forward(x));
    x = gradus.tanh(this.fc2.forward(x));
    return this.fc3.forward(x);
  }
}

export async function train(steps: number): Promise<readonly number[]> {
  gradus.manualSeed(0);
  const model = new LeNet();
  const optimizer = new gradus.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const images = gradus.rand([32, 1, 28, 28]);
  const labels = gradus.randint(10, [32]);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    optimizer.zeroGrad();
    const loss = gradus.crossEntropy(model.forward(images), labels);
    loss.backward();
    optimizer.step();
    losses.push(await loss.item());
  }
  return losses;
}
