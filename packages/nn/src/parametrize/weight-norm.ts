import { ArgumentError } from '@gradus/storage';
import { norm, scope, type Tensor, unrecorded } from '@gradus/tensor';
import type { AnyModule } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { compute, isComputed, parameterOf, restore, valueOf } from './computed.ts';

/**
 * Splits a weight into length g and direction v: it becomes g v / |v|, the norm taken over all axes but `dim` (null: over
 * all). The state dict holds `NAME_g` and `NAME_v` in its place, as torch.nn.utils.weight_norm. (Salimans & Kingma 2016.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.weight_norm.html
 */
export function weightNorm<T extends AnyModule>(module: T, name = 'weight', dim: number | null = 0): T {
  const weight = parameterOf('weightNorm', module, name);
  const length = unrecorded(() => lengthOf(weight, dim));
  const direction = new Parameter(weight.detach().clone(), weight.requiresGrad);
  compute(
    module,
    name,
    function () {
      const [g, v] = [valueOf(this, `${name}_g`), valueOf(this, `${name}_v`)];
      return scope(() => v.mul(g.div(lengthOf(v, dim))));
    },
    function (value) {
      unrecorded(() => {
        valueOf(this, `${name}_v`).copy_(value);
        valueOf(this, `${name}_g`).copy_(lengthOf(value, dim));
      });
    },
  );
  Object.assign(module, { [`${name}_g`]: new Parameter(length, weight.requiresGrad), [`${name}_v`]: direction });
  return module;
}

/**
 * Makes the weight an ordinary parameter of its present value again.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.remove_weight_norm.html
 */
export function removeWeightNorm<T extends AnyModule>(module: T, name = 'weight'): T {
  if (!isComputed(module, name) || !Reflect.has(module, `${name}_g`)) {
    throw new ArgumentError(`removeWeightNorm: '${name}' of ${module.constructor.name} has no weight normalisation`);
  }
  restore(
    module,
    name,
    unrecorded(() => valueOf(module, name)),
  );
  Reflect.deleteProperty(module, `${name}_g`);
  Reflect.deleteProperty(module, `${name}_v`);
  return module;
}

/** The norm over all axes but one, with size 1 there; over all axes without any. */
function lengthOf(x: Tensor, dim: number | null): Tensor {
  if (dim === null) return norm(x);
  const kept = dim < 0 ? dim + x.ndim : dim;
  const others = [...x.shape.keys()].filter((axis) => axis !== kept);
  return others.length === 0 ? x.abs() : norm(x, { dim: others, keepdim: true });
}
