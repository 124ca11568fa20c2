import { ArgumentError } from '@gradus/storage';
import { stack, type Tensor, unrecorded } from '@gradus/tensor';

/**
 * Scales all gradients together so that their joint norm is at most `maxNorm`, in place. Never waits for the device.
 *
 * @returns the norm before clipping, 0-d.
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
 */
export function clipGradNorm(
  parameters: Iterable<Tensor>,
  maxNorm: number,
  options: { readonly normType?: number } = {},
): Tensor {
  const { normType = 2 } = options;
  const grads = gradsOf('clipGradNorm', parameters);
  return unrecorded(() => {
    const norms = grads.map((grad) => grad.norm({ p: normType }));
    const total = stack(norms).norm({ p: normType });
    const factor = total.add(1e-6).reciprocal().mul(maxNorm).clampMax(1);
    for (const grad of grads) grad.mul_(factor);
    for (const part of [...norms, factor]) part.dispose();
    return total;
  });
}

/**
 * Limits every element of every gradient to [-limit, limit], in place.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html
 */
export function clipGradValue(parameters: Iterable<Tensor>, limit: number): void {
  unrecorded(() => {
    for (const grad of gradsOf('clipGradValue', parameters)) grad.clampMin_(-limit).clampMax_(limit);
  });
}

function gradsOf(name: string, parameters: Iterable<Tensor>): readonly Tensor[] {
  const grads = [...parameters].flatMap((parameter) => parameter.grad ?? []);
  if (grads.length === 0) throw new ArgumentError(`${name}: no parameter has a gradient; call backward() first`);
  return grads;
}
