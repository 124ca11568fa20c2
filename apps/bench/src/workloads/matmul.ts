import type { Numbers } from '../numbers.ts';
import type { Described } from './workload.ts';

/** The product of two square matrices; what is compared is its checksum. */
export interface Matmul extends Described<'matmul'> {
  readonly a: Numbers;
  readonly b: Numbers;
}

export function matmul(name: string, size: number): Matmul {
  const matrix = (seed: number): Numbers => ({ shape: [size, size], seed, scale: 1, center: 0 });
  return {
    name,
    family: 'matmul',
    title: `${size} x ${size}, float32`,
    timed: 'one product',
    flops: 2 * size ** 3,
    a: matrix(1),
    b: matrix(2),
  };
}
