import { empty, type Tensor, unrecorded } from '@gradus/tensor';
import type { AnyModule } from '../module.ts';
import { Parameter, type ParameterOptions, StateBuffer } from '../parameter.ts';

/**
 * A parameter whose shape a lazy layer finds out at its first forward, or takes from a state dict. It stays the same
 * object: an optimizer that was given it trains it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.parameter.UninitializedParameter.html
 */
export class UninitializedParameter extends Parameter {
  /** `shape` has a 0 for what isn't known. */
  constructor(shape: readonly number[], options: ParameterOptions = {}) {
    super(empty(shape, options));
  }

  /** Gives the parameter its shape, content undefined, and makes it an ordinary one. */
  materialize(shape: readonly number[]): void {
    giveShape(this, shape, Parameter.prototype);
  }
}

/** A buffer whose shape isn't known yet. */
export class UninitializedBuffer extends StateBuffer {
  constructor(shape: readonly number[], options: ParameterOptions = {}) {
    super(empty(shape, options));
  }

  /** Gives the buffer its shape, content undefined, and makes it an ordinary one. */
  materialize(shape: readonly number[]): void {
    giveShape(this, shape, StateBuffer.prototype);
  }
}

function giveShape(x: Tensor, shape: readonly number[], prototype: object): void {
  const memory = empty(shape, { dtype: x.dtype, backend: x.backend });
  unrecorded(() => x.setData(memory));
  memory.dispose();
  Object.setPrototypeOf(x, prototype);
}

interface Resettable extends AnyModule {
  resetParameters(): void;
}

/**
 * Gives shapes to those members of a lazy layer that lack one, draws its parameters if there were any, and makes it an
 * ordinary layer: its class is the one that it extends from now on.
 */
export function initialize(
  module: Resettable,
  layer: { readonly prototype: object },
  shapes: Readonly<Record<string, readonly number[]>>,
): void {
  const lacking = Object.entries(shapes).flatMap(([name, shape]) => {
    const member: unknown = Reflect.get(module, name);
    const lacks = member instanceof UninitializedParameter || member instanceof UninitializedBuffer;
    return lacks ? [{ member, shape }] : [];
  });
  for (const { member, shape } of lacking) member.materialize(shape);
  Object.setPrototypeOf(module, layer.prototype);
  if (lacking.length > 0) module.resetParameters();
}
