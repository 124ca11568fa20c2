import { expressions as e, input, type MapProgram, mapProgram, uniform } from '@gradus/backend';
import { broadcastShapes, type DType, DTypeError, formatShape, ShapeError } from '@gradus/storage';
import { assertFits, copy, map, mapInPlace } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { assertMask, takeInOrder } from './mask-operand.ts';
import { expand, reshape } from './movement.ts';
import { overwrite } from './overwrite.ts';
import { type Scalar, where } from './pointwise/index.ts';

/** Writing by a mask: the shapes don't depend on its values. Masks are bool and broadcast. (Reading: `maskedSelect`.) */

/**
 * x with `value` (a number, or a tensor of no axes) wherever the mask is true; x's dtype stays.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.masked_fill.html
 */
export function maskedFill(x: Tensor, mask: Tensor, value: Tensor | Scalar): Tensor {
  const { program, inputs, uniforms } = filling(x, mask, value);
  return map('maskedFill', program, inputs, uniforms);
}

export function maskedFill_(x: Tensor, mask: Tensor, value: Tensor | Scalar): Tensor {
  const { program, inputs, uniforms } = filling(x, mask, value);
  for (const operand of inputs) assertFits('maskedFill', operand, x);
  return mapInPlace('maskedFill', program, inputs, x, uniforms);
}

/**
 * x with the elements of `source`, in their order, at the places where the mask is true.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.masked_scatter.html
 */
export function maskedScatter(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  assertMask('maskedScatter', mask);
  if (source.dtype !== x.dtype)
    throw new DTypeError(`maskedScatter: the source is ${source.dtype} and x ${x.dtype}; convert one`);
  const shape = broadcastShapes('maskedScatter', x.shape, mask.shape);
  return scope(() => {
    if (source.size === 0) return copy('maskedScatter', expand(x, shape));
    const places = expand(mask, shape);
    return where(places, takeInOrder(places, reshape(source, [-1])), x);
  });
}

export function maskedScatter_(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  assertFits('maskedScatter', mask, x);
  return scope(() => overwrite('maskedScatter', x, maskedScatter(x, mask, source)));
}

const programs: Map<string, MapProgram> = new Map();

interface Filling {
  readonly program: MapProgram;
  readonly inputs: readonly Tensor[];
  readonly uniforms: readonly number[];
}

/** select(mask, value, x), with a number as a uniform. */
function filling(x: Tensor, mask: Tensor, value: Tensor | Scalar): Filling {
  assertMask('maskedFill', mask);
  if (typeof value !== 'object') {
    return { program: fillProgram(x.dtype, null), inputs: [x, mask], uniforms: [Number(value)] };
  }
  if (value.ndim > 0)
    throw new ShapeError(`maskedFill: the value must have no axes, got ${formatShape(value.shape)}; use where`);
  return { program: fillProgram(x.dtype, value.dtype), inputs: [x, mask, value], uniforms: [] };
}

function fillProgram(dtype: DType, valueDType: DType | null): MapProgram {
  const key = `${dtype}${valueDType}`;
  let program = programs.get(key);
  if (program === undefined) {
    const value = valueDType === null ? uniform(0, dtype) : e.cast(input(2, valueDType), dtype);
    const inputs: DType[] = valueDType === null ? [dtype, 'bool'] : [dtype, 'bool', valueDType];
    const filled = e.select(input(1, 'bool'), value, input(0, dtype));
    program = mapProgram(inputs, valueDType === null ? [dtype] : [], [filled]);
    programs.set(key, program);
  }
  return program;
}
