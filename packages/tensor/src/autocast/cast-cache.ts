import type { DType } from '@gradus/storage';
import { keep } from '../memory.ts';
import type { Tensor } from '../tensor.ts';

interface Cast {
  readonly value: Tensor;
  /** That of the tensor's memory when it was cast. */
  readonly version: number;
}

/** What tensors were cast to, so that ops which need the same can share it, and its gradient is added up in low precision once. */
export class CastCache {
  readonly #casts: Map<Tensor, Map<DType, Cast>> = new Map();

  /** The cast of a tensor, made anew where there is none, or where the tensor was written to since. */
  get(x: Tensor, dtype: DType, make: () => Tensor): Tensor {
    const byDType = this.#casts.get(x) ?? new Map<DType, Cast>();
    const { version } = x.storage;
    const found = byDType.get(dtype);
    if (found?.version === version) return found.value;
    found?.value.dispose();
    byDType.delete(dtype);
    const value = make();
    // Where nothing is recorded, the cast has no gradient: an op that is recorded could not use it.
    if (!value.requiresGrad) return value;
    byDType.set(dtype, { value: keep(value), version });
    this.#casts.set(x, byDType);
    return value;
  }

  clear(): void {
    for (const byDType of this.#casts.values()) for (const { value } of byDType.values()) value.dispose();
    this.#casts.clear();
  }
}
