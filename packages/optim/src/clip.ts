import { ArgumentError } from '@gradus/storage';
import { div, stack, Tensor, unrecorded, zeros } from '@gradus/tensor';
import type { Hyper } from './hyper.ts';

export interface NormOptions {
  /** The order: Infinity is the largest magnitude. 2 if left out. */
  readonly normType?: number;
  /** Throw for a norm that is infinite or NaN. This alone reads the norm, which the backend has to do synchronously. */
  readonly errorIfNonfinite?: boolean;
}

/**
 * Scales all gradients together so that their joint norm is at most `maxNorm`, in place. Never waits for the device.
 *
 * @returns the norm before clipping, 0-d; 0 where no parameter has a gradient.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
 */
export function clipGradNorm(parameters: Tensor | Iterable<Tensor>, maxNorm: Hyper, options: NormOptions = {}): Tensor {
  const grads = gradsOf(parameters);
  const total = totalNorm('clipGradNorm', grads, options);
  scaleDown(grads, maxNorm, total);
  return total;
}

/**
 * The norm of all tensors as one vector, 0-d; 0 of none.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.get_total_norm.html
 */
export function getTotalNorm(tensors: Iterable<Tensor>, options: NormOptions = {}): Tensor {
  return totalNorm('getTotalNorm', [...tensors], options);
}

/**
 * Scales all gradients by maxNorm / totalNorm, where that is below 1, in place: `clipGradNorm` with a norm of one's own.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grads_with_norm_.html
 */
export function clipGradsWithNorm(parameters: Tensor | Iterable<Tensor>, maxNorm: Hyper, total: Tensor): void {
  scaleDown(gradsOf(parameters), maxNorm, total);
}

/**
 * Limits every element of every gradient to [-limit, limit], in place.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html
 */
export function clipGradValue(parameters: Tensor | Iterable<Tensor>, limit: number): void {
  unrecorded(() => {
    for (const grad of gradsOf(parameters)) grad.clampMin_(-limit).clampMax_(limit);
  });
}

function totalNorm(
  name: string,
  tensors: readonly Tensor[],
  { normType = 2, errorIfNonfinite = false }: NormOptions,
): Tensor {
  if (tensors.length === 0) return zeros([]);
  const total = unrecorded(() => {
    const norms = tensors.map((tensor) => tensor.norm({ p: normType }));
    const stacked = stack(norms);
    const joint = stacked.norm({ p: normType });
    for (const part of [...norms, stacked]) part.dispose();
    return joint;
  });
  if (errorIfNonfinite && !Number.isFinite(total.itemSync())) {
    throw new ArgumentError(
      `${name}: the norm of the gradients is ${total.itemSync()}; look for what makes them infinite`,
    );
  }
  return total;
}

function scaleDown(grads: readonly Tensor[], maxNorm: Hyper, total: Tensor): void {
  unrecorded(() => {
    const shifted = total.add(1e-6);
    const ratio = div(maxNorm, shifted);
    const factor = ratio.clampMax(1);
    for (const grad of grads) grad.mul_(factor);
    for (const part of [shifted, ratio, factor]) part.dispose();
  });
}

function gradsOf(parameters: Tensor | Iterable<Tensor>): readonly Tensor[] {
  const list = parameters instanceof Tensor ? [parameters] : [...parameters];
  return list.flatMap((parameter) => parameter.grad ?? []);
}
