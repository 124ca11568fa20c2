import type { Tensor } from '@gradus/tensor';
import { type PadOptions, pad } from '@gradus/tensor/functional';
import { Module } from '../module.ts';

/** One number for every side, or [left, right] of the last axis, then of the one before it, and so on. */
export type PaddingSize = number | readonly number[];

/** Pads the spatial axes of x [N, C, ...] or [C, ...]. @see https://pytorch.org/docs/stable/nn.html#padding-layers */
abstract class Padding extends Module {
  readonly padding: readonly number[];

  constructor(axes: number, padding: PaddingSize) {
    super();
    this.padding = typeof padding === 'number' ? new Array<number>(2 * axes).fill(padding) : padding;
  }

  protected abstract readonly mode: NonNullable<PadOptions['mode']>;

  override forward(x: Tensor): Tensor {
    return pad(x, this.padding, { mode: this.mode });
  }

  protected override describe(): string {
    return `(${this.padding.join(', ')})`;
  }
}

abstract class ConstantPad extends Padding {
  protected override readonly mode = 'constant';
  readonly value: number;

  constructor(axes: number, padding: PaddingSize, value: number) {
    super(axes, padding);
    this.value = value;
  }

  override forward(x: Tensor): Tensor {
    return pad(x, this.padding, { value: this.value });
  }
}

abstract class ReflectionPad extends Padding {
  protected override readonly mode = 'reflect';
}

abstract class ReplicationPad extends Padding {
  protected override readonly mode = 'replicate';
}

abstract class CircularPad extends Padding {
  protected override readonly mode = 'circular';
}

/** x [N, C, L] or [C, L]. */
export class ConstantPad1d extends ConstantPad {
  constructor(padding: PaddingSize, value: number) {
    super(1, padding, value);
  }
}

/** x [N, C, L] or [C, L]. */
export class ZeroPad1d extends ConstantPad {
  constructor(padding: PaddingSize) {
    super(1, padding, 0);
  }
}

/** Repeats x backwards, the edge itself left out. x [N, C, L] or [C, L]. */
export class ReflectionPad1d extends ReflectionPad {
  constructor(padding: PaddingSize) {
    super(1, padding);
  }
}

/** Repeats the edge. x [N, C, L] or [C, L]. */
export class ReplicationPad1d extends ReplicationPad {
  constructor(padding: PaddingSize) {
    super(1, padding);
  }
}

/** Goes on with the other end. x [N, C, L] or [C, L]. */
export class CircularPad1d extends CircularPad {
  constructor(padding: PaddingSize) {
    super(1, padding);
  }
}

/** x [N, C, H, W] or [C, H, W]. */
export class ConstantPad2d extends ConstantPad {
  constructor(padding: PaddingSize, value: number) {
    super(2, padding, value);
  }
}

/** x [N, C, H, W] or [C, H, W]. */
export class ZeroPad2d extends ConstantPad {
  constructor(padding: PaddingSize) {
    super(2, padding, 0);
  }
}

/** Repeats x backwards, the edge itself left out. x [N, C, H, W] or [C, H, W]. */
export class ReflectionPad2d extends ReflectionPad {
  constructor(padding: PaddingSize) {
    super(2, padding);
  }
}

/** Repeats the edge. x [N, C, H, W] or [C, H, W]. */
export class ReplicationPad2d extends ReplicationPad {
  constructor(padding: PaddingSize) {
    super(2, padding);
  }
}

/** Goes on with the other end. x [N, C, H, W] or [C, H, W]. */
export class CircularPad2d extends CircularPad {
  constructor(padding: PaddingSize) {
    super(2, padding);
  }
}

/** x [N, C, D, H, W] or [C, D, H, W]. */
export class ConstantPad3d extends ConstantPad {
  constructor(padding: PaddingSize, value: number) {
    super(3, padding, value);
  }
}

/** x [N, C, D, H, W] or [C, D, H, W]. */
export class ZeroPad3d extends ConstantPad {
  constructor(padding: PaddingSize) {
    super(3, padding, 0);
  }
}

/** Repeats x backwards, the edge itself left out. x [N, C, D, H, W] or [C, D, H, W]. */
export class ReflectionPad3d extends ReflectionPad {
  constructor(padding: PaddingSize) {
    super(3, padding);
  }
}

/** Repeats the edge. x [N, C, D, H, W] or [C, D, H, W]. */
export class ReplicationPad3d extends ReplicationPad {
  constructor(padding: PaddingSize) {
    super(3, padding);
  }
}

/** Goes on with the other end. x [N, C, D, H, W] or [C, D, H, W]. */
export class CircularPad3d extends CircularPad {
  constructor(padding: PaddingSize) {
    super(3, padding);
  }
}
