import {
  categoryOf,
  type DType,
  encode,
  Layout,
  limitsOf,
  permute,
  type Shape,
  type TypedArray,
} from '@gradus/storage';
import type { Random } from './random.ts';

/** What a buffer holds before a launch. Operands that share a memory alias each other. */
export interface Memory {
  readonly content: TypedArray;
}

/** A view that doesn't know yet on which backend it will live. */
export interface Operand {
  readonly memory: Memory;
  readonly layout: Layout;
  readonly dtype: DType;
}

/** How a view lies in its memory. Outputs can be the first six: the others visit elements twice. */
export type Arrangement =
  | 'contiguous'
  | 'offset'
  | 'padded'
  | 'permuted'
  | 'flipped'
  | 'stepped'
  | 'broadcast'
  | 'windows';

export const outputArrangements: readonly Arrangement[] = [
  'contiguous',
  'offset',
  'padded',
  'permuted',
  'flipped',
  'stepped',
];
export const arrangements: readonly Arrangement[] = [...outputArrangements, 'broadcast', 'windows'];

/** Shapes of ranks 0 to 6, with axes of one element, of whole vectors, and without elements. */
export const shapes: readonly Shape[] = [
  [],
  [1],
  [13],
  [8],
  [4, 5],
  [3, 8],
  [1, 7],
  [3, 1, 4],
  [2, 3, 4],
  [2, 3, 16],
  [2, 3, 2, 3],
  [2, 1, 3, 2, 2],
  [2, 2, 1, 2, 3, 2],
  [0],
  [3, 0, 2],
];

/** An input with random values. */
export function inputOperand(
  random: Random,
  dtype: DType,
  shape: Shape,
  arrangement: Arrangement = 'contiguous',
  value: (random: Random) => number = valueOf(dtype),
): Operand {
  const { layout, elements } = arrange(random, shape, arrangement);
  const values = Float64Array.from({ length: elements }, () => value(random));
  return { memory: { content: encode(values, dtype) }, layout, dtype };
}

/** An output over garbage: NaN for floats, all bits set for integers. */
export function outputOperand(
  random: Random,
  dtype: DType,
  shape: Shape,
  arrangement: Arrangement = 'contiguous',
): Operand {
  const { layout, elements } = arrange(random, shape, arrangement);
  const content = encode(new Float64Array(elements), dtype);
  new Uint8Array(content.buffer).fill(0xff);
  return { memory: { content }, layout, dtype };
}

/** An operand with given values, contiguous. */
export function operandOf(dtype: DType, shape: Shape, values: ArrayLike<number>): Operand {
  return { memory: { content: encode(values, dtype) }, layout: Layout.contiguous(shape), dtype };
}

/** The same memory under another layout. */
export function relaid(operand: Operand, layout: Layout): Operand {
  return { memory: operand.memory, layout, dtype: operand.dtype };
}

/** Ordinary values: floats of either sign around 1, small integers with now and then an extreme one. */
export function valueOf(dtype: DType): (random: Random) => number {
  const category = categoryOf(dtype);
  if (category === 'bool') return (random) => random.integer(0, 1);
  if (category === 'float') return (random) => random.between(-3, 3);
  const { min, max } = limitsOf(dtype);
  return (random) => (random.next() < 0.1 ? random.pick([min, max]) : random.integer(Math.max(min, -9), 9));
}

/** A layout of a shape, and how many elements its memory needs. */
function arrange(
  random: Random,
  shape: Shape,
  arrangement: Arrangement,
): { readonly layout: Layout; readonly elements: number } {
  const plain = Layout.contiguous(shape);
  const { size, strides } = plain;
  switch (arrangement) {
    case 'contiguous':
      return { layout: plain, elements: size };
    case 'offset':
      return { layout: new Layout(shape, strides, 3), elements: size + 5 };
    case 'padded': {
      // Rows start at whole vectors, with gaps between them.
      const stored = Layout.contiguous(
        shape.map((n, axis) => (axis < shape.length - 1 ? n : 4 * Math.ceil(n / 4) + 4)),
      );
      return { layout: new Layout(shape, stored.strides, 4), elements: stored.size + 8 };
    }
    case 'permuted': {
      const order = random.permutation(shape.length);
      const stored = Layout.contiguous(order.map((axis) => shape[axis] as number));
      return {
        layout: permute(
          stored,
          shape.map((_, axis) => order.indexOf(axis)),
        ),
        elements: size,
      };
    }
    case 'flipped': {
      const offset = strides.reduce((sum, stride, axis) => sum + Math.max((shape[axis] as number) - 1, 0) * stride, 0);
      return {
        layout: new Layout(
          shape,
          strides.map((s) => -s),
          offset,
        ),
        elements: size,
      };
    }
    case 'stepped': {
      const stored = Layout.contiguous(shape.map((n) => 2 * n));
      return {
        layout: new Layout(
          shape,
          stored.strides.map((s) => 2 * s),
          1,
        ),
        elements: stored.size + 2,
      };
    }
    case 'broadcast': {
      const kept = shape.map((n) => (random.next() < 0.5 ? n : 1));
      const stored = Layout.contiguous(kept);
      const spread = stored.strides.map((s, axis) => (kept[axis] === 1 ? 0 : s));
      return { layout: new Layout(shape, spread), elements: stored.size + 1 };
    }
    case 'windows': {
      // Every axis steps by one element: all neighbours overlap.
      const reach = shape.reduce((sum, n) => sum + Math.max(n - 1, 0), 1);
      return {
        layout: new Layout(
          shape,
          shape.map(() => 1),
        ),
        elements: reach,
      };
    }
  }
}

/** Positions of a layout's elements in its memory, row-major. */
export function positionsOf(layout: Layout): number[] {
  return Array.from({ length: layout.size }, (_, at) => {
    let rest = at;
    let position = layout.offset;
    for (let axis = layout.rank - 1; axis >= 0; axis--) {
      const n = layout.shape[axis] as number;
      position += (rest % n) * (layout.strides[axis] as number);
      rest = Math.floor(rest / n);
    }
    return position;
  });
}
