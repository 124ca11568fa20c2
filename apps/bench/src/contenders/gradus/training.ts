import { Adam, AdamW, type AnyOptimizer, type Module, SGD, scope, type Tensor, tensor } from '@gradus/gradus';
import type { Step } from '../../contender.ts';
import { fill, fillLabels, type Labels, type Numbers } from '../../numbers.ts';
import type { Training } from '../../workloads/workload.ts';

export function tensorOf(numbers: Numbers | Labels): Tensor {
  return tensor('classes' in numbers ? fillLabels(numbers) : fill(numbers)).reshape(numbers.shape);
}

/** Forward, backward and update, in a scope, of a model that starts from the workload's numbers. */
export function training(workload: Training<string>, model: Module<never>, lossOf: () => Tensor): Step {
  const start = Object.entries(workload.parameters).map(([name, numbers]) => [name, tensorOf(numbers)] as const);
  model.loadStateDict(new Map(start));
  const optimizer = optimizerOf(workload, model);
  let last: Tensor | null = null;
  return () => {
    last?.dispose();
    const loss = scope(() => {
      const value = lossOf();
      optimizer.zeroGrad();
      value.backward();
      optimizer.step();
      return value;
    });
    last = loss;
    return () => loss.item();
  };
}

function optimizerOf({ optimizer }: Training<string>, model: Module<never>): AnyOptimizer {
  const { learningRate: lr } = optimizer;
  if (optimizer.kind === 'sgd') return new SGD(model.parameters(), { lr, momentum: optimizer.momentum });
  if (optimizer.kind === 'adam') return new Adam(model.parameters(), { lr });
  return new AdamW(model.parameters(), { lr, weightDecay: optimizer.weightDecay });
}
