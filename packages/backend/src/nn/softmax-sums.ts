import type { Backend } from '../backend.ts';
import { exp, sub } from '../expression/builder.ts';
import type { View } from '../kernel.ts';
import { Operands } from './operands.ts';

/** `highest` and `sum` get each row's largest element, and the sum of exp(element - highest), which doesn't overflow. */
export function softmaxSums(backend: Backend, x: View, highest: View, sum: View): void {
  const { shape } = x.layout;
  const extremes = new Operands(shape);
  extremes.reduce(backend, 'max', highest, extremes.read(x));
  const sums = new Operands(shape);
  sums.reduce(backend, 'sum', sum, exp(sub(sums.read(x), sums.read(highest))));
}
