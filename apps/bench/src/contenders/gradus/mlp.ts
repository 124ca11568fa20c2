import { crossEntropy, Linear, mseLoss, ReLU, Sequential, Tanh } from '@gradus/gradus';
import type { Step } from '../../contender.ts';
import type { Mlp } from '../../workloads/mlp.ts';
import { tensorOf, training } from './training.ts';

export function mlp(workload: Mlp): Step {
  const model = modelOf(workload);
  const [x, y] = [tensorOf(workload.x), tensorOf(workload.y)];
  const criterion = 'classes' in workload.y ? crossEntropy : mseLoss;
  return training(workload, model, () => criterion(model.forward(x), y));
}

function modelOf({ sizes, activation }: Mlp): Sequential {
  const layers = sizes.slice(1).map((outputs, i) => new Linear(sizes[i] as number, outputs));
  const between = () => (activation === 'tanh' ? new Tanh() : new ReLU());
  return new Sequential(...layers.flatMap((layer, i) => (i === 0 ? [layer] : [between(), layer])));
}
