import { type Array as JaxArray, nn, numpy as np } from '@jax-js/jax';
import { fill, fillLabels, type Labels, type Numbers } from '../../numbers.ts';

// An array is used up by the function that it is passed to; `.ref` takes another hold on it first.

export type Arrays = Record<string, JaxArray>;

/** A pure function of arrays, so that it can be compiled, or not. */
export type Compute = (...inputs: Arrays[]) => Arrays[];
export type Transform = (compute: Compute) => Compute;

export function arrayOf(numbers: Numbers): JaxArray {
  return np.array(fill(numbers), { shape: [...numbers.shape] });
}

/** One row per label. */
export function oneHotOf(labels: Labels): JaxArray {
  return nn.oneHot(np.array(fillLabels(labels)), labels.classes);
}

/** The array of that name, to be used up. */
export function take(arrays: Arrays, name: string): JaxArray {
  return arrays[name] as JaxArray;
}
