import type { Numbers } from '../numbers.ts';
import type { Described } from './workload.ts';

/** mean(tanh(a b + c) sigmoid(d)) and its gradients by a, b, c and d; what is compared is the sum of all of them. */
export interface Elementwise extends Described<'elementwise'> {
  /** a, b, c, d: [length] */
  readonly inputs: readonly [a: Numbers, b: Numbers, c: Numbers, d: Numbers];
}

export function elementwise(name: string, length: number): Elementwise {
  const input = (seed: number, center: number): Numbers => ({ shape: [length], seed, scale: 1, center });
  return {
    name,
    family: 'elementwise',
    title: `mean(tanh(a b + c) sigmoid(d)), ${length} elements`,
    timed: 'value and four gradients',
    inputs: [input(1, 0.5), input(2, -0.25), input(3, 0), input(4, 0.75)],
  };
}
