import { Adam, crossEntropy, Linear, type Module, ReLU, Sequential, type Tensor, tensor } from '@gradus/gradus';

const model: Module = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 3));
const optimizer = new Adam(model.parameters(), { lr: 1e-3 });

export function step(input: Tensor, label: Tensor): Tensor {
  const loss = crossEntropy(model.forward(input), label, { labelSmoothing: 0.1 });
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  return loss;
}

export const loss: number = await step(tensor([[1, 2, 3, 4]]), tensor([2], { dtype: 'int32' })).item();
