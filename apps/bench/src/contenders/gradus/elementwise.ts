import { scope, type Tensor, tensor } from '@gradus/gradus';
import type { Step } from '../../contender.ts';
import { fill } from '../../numbers.ts';
import type { Elementwise } from '../../workloads/elementwise.ts';

export function elementwise({ inputs }: Elementwise): Step {
  const tensors = inputs.map((numbers) => tensor(fill(numbers), { requiresGrad: true }));
  const [a, b, c, d] = tensors as [Tensor, Tensor, Tensor, Tensor];
  let last: Tensor | null = null;
  return () => {
    last?.dispose();
    for (const input of tensors) {
      input.grad?.dispose();
      input.grad = null;
    }
    const value = scope(() => {
      const mean = a.mul(b).add(c).tanh().mul(d.sigmoid()).mean();
      mean.backward();
      return mean;
    });
    last = value;
    return async () => {
      const sums = await Promise.all(tensors.map(({ grad }) => (grad as Tensor).sum().item()));
      return sums.reduce((total, sum) => total + sum, await value.item());
    };
  };
}
