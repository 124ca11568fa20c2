import { AutogradError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import type { GradOptions } from './backward.ts';

type Grad = (outputs: readonly Tensor[], inputs: readonly Tensor[], options: GradOptions) => (Tensor | null)[];

/** What differentiation knows of vmap, which tells it when it is imported. */
export interface Batching {
  /** Whether one of the tensors stands for one per example, inside a vmap. */
  isBatched(tensors: readonly Tensor[]): boolean;
  /** `grad` with batched tensors among outputs and inputs. */
  grad: Grad;
  /** `grad` with `isGradsBatched`. */
  gradOfMany: Grad;
}

/** null where vmap isn't imported. */
export let batching: Batching | null = null;

export function installBatching(installed: Batching): void {
  batching = installed;
}

export function requireBatching(what: string): Batching {
  if (batching === null) throw new AutogradError(`${what} needs vmap: import '@gradus/autograd/functional'`);
  return batching;
}
