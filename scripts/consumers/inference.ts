import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { Linear, type Module, ReLU, Sequential } from '@gradus/nn';
import { softmax, type Tensor, tensor } from '@gradus/tensor';

await use(cpu());
const model: Module = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 3));

export function classify(input: Tensor): Tensor {
  return softmax(model.forward(input), -1);
}

export const probabilities: ArrayLike<number> = await classify(tensor([[1, 2, 3, 4]])).data();
