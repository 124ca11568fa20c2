import {
  constant,
  type Expression,
  expressions as e,
  input,
  type MapProgram,
  mapProgram,
  type ReduceProgram,
  reduceProgram,
  uniform,
} from '@gradus/backend';
import {
  broadcastShapes,
  type DType,
  formatShape,
  isFloat,
  resultType,
  ShapeError,
  sameShape,
  sizeOf,
} from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { casting, map, reduce } from '@gradus/tensor/launch';
import { assertReduction, type Reduction } from './reduction.ts';

/** A loss per element, from the operands' elements and, after them, the parameters. */
type Body = (...values: [Expression, Expression, Expression, Expression, Expression]) => Expression;

/** Operands broadcast; null stands for 1 (a weight that isn't given). */
export type ElementwiseLoss = (
  operands: readonly (Tensor | null)[],
  parameters: readonly number[],
  reduction: Reduction,
) => Tensor;

/**
 * An elementwise loss as one kernel: a Map, or, reduced, a Reduce whose body is the loss. The result has the operands'
 * promoted dtype; integers give float32.
 */
export function elementwiseLoss(name: string, body: Body): ElementwiseLoss {
  const programs = new Map<string, Programs>();
  return (unconverted, parameters, reduction) => {
    assertReduction(name, reduction);
    const operands = casting === null ? unconverted : casting.wide(unconverted);
    const given = operands.filter((x) => x !== null);
    const key = operands.map((x) => x?.dtype).join();
    const { losses, sum } = programs.get(key) ?? buildPrograms(body, operands, parameters.length);
    programs.set(key, { losses, sum });
    if (reduction === 'none') return map(name, losses, given, parameters);
    const shape = broadcastShapes(name, ...given.map((x) => x.shape));
    const factor = reduction === 'mean' ? 1 / sizeOf(shape) : 1;
    return reduce(name, sum, given, [...shape.keys()], [], [...parameters, factor]);
  };
}

interface Programs {
  readonly losses: MapProgram;
  /** Times a factor, which is the last parameter. */
  readonly sum: ReduceProgram;
}

function buildPrograms(body: Body, operands: readonly (Tensor | null)[], parameters: number): Programs {
  const inputs: DType[] = operands.flatMap((x) => x?.dtype ?? []);
  const promoted = resultType(...operands.filter((x) => x !== null));
  const dtype = isFloat(promoted) ? promoted : 'float32';
  let next = 0;
  const values = operands.map((x) => (x === null ? constant(1, dtype) : e.cast(input(next++, x.dtype), dtype)));
  const uniforms = new Array<DType>(parameters).fill(dtype);
  const loss = body(...([...values, ...uniforms.map((_, i) => uniform(i, dtype))] as Parameters<Body>));
  return {
    losses: mapProgram(inputs, uniforms, [loss]),
    sum: reduceProgram(inputs, [...uniforms, dtype], 'sum', loss, e.mul(input(0, dtype), uniform(parameters, dtype))),
  };
}

/** Losses that don't broadcast say so early: a wrong shape is nearly always a mistake. */
export function assertSameShape(name: string, a: Tensor, b: Tensor): void {
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(
      `${name}: input ${formatShape(a.shape)} and target ${formatShape(b.shape)} must have one shape`,
    );
  }
}
