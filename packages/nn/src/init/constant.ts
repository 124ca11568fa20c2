import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import { scope, type Tensor, unrecorded } from '@gradus/tensor';

/** Initialisers that draw nothing. */

/** Every element `value`. */
export function constant_(x: Tensor, value: number): Tensor {
  return unrecorded(() => x.fill_(value));
}

export function ones_(x: Tensor): Tensor {
  return constant_(x, 1);
}

export function zeros_(x: Tensor): Tensor {
  return constant_(x, 0);
}

/** The identity: 1 on the diagonal of a matrix. */
export function eye_(x: Tensor): Tensor {
  if (x.ndim !== 2) throw new ShapeError(`eye_: needs a matrix, got ${formatShape(x.shape)}`);
  zeros_(x);
  unrecorded(() => scope(() => x.diagonal().fill_(1)));
  return x;
}

/**
 * A convolution weight [out, in, ...] that passes as many channels as it can through unchanged, in each group.
 *
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.dirac_
 */
export function dirac_(x: Tensor, options: { readonly groups?: number } = {}): Tensor {
  const { groups = 1 } = options;
  if (x.ndim < 3 || x.ndim > 5)
    throw new ShapeError(`dirac_: needs a weight of 3 to 5 axes, got ${formatShape(x.shape)}`);
  const [outputs, window] = [x.shape[0] as number, x.shape.slice(2)];
  if (outputs % groups !== 0) throw new ArgumentError(`dirac_: ${outputs} outputs don't split into ${groups} groups`);
  zeros_(x);
  const perGroup = outputs / groups;
  unrecorded(() =>
    scope(() => {
      const center = window.reduce((part, n) => part.select(2, Math.floor(n / 2)), x);
      for (let group = 0; group < groups; group++) {
        center
          .narrow(0, group * perGroup, perGroup)
          .diagonal()
          .fill_(1);
      }
    }),
  );
  return x;
}
