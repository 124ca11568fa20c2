import {
  expressions as build,
  castNode,
  constant,
  type Expression,
  opNode,
  type ScalarOpName,
  scalarOps,
} from '@gradus/backend';
import '@gradus/backend/special';
import { type DType, isFloat, isIntegral, limitsOf } from '@gradus/storage';
import fc from 'fast-check';
import { dtypesOf } from '../kinds/scalar-domains.ts';

/**
 * One more value, from those there are; numbers choose among what fits, modulo its count. Any list of steps is a valid
 * program, and stays one where steps are dropped: that is what shrinking does.
 */
export type Step =
  | { readonly kind: 'op'; readonly op: ScalarOpName; readonly operands: readonly [number, number, number] }
  | { readonly kind: 'cast'; readonly operand: number; readonly dtype: number }
  | { readonly kind: 'constant'; readonly value: number; readonly dtype: number };

const constants = [0, -0, 1, -1, 0.5, 2, 3, -7, 0.1, 1e-3, 100, 1e6, Number.NaN, Number.POSITIVE_INFINITY] as const;

/** Steps, of which all but the last few are operations. */
export function stepsOf(maxLength: number): fc.Arbitrary<readonly Step[]> {
  const choice = fc.nat(63);
  const operation = fc.record({
    kind: fc.constant('op' as const),
    op: fc.constantFrom(...(Object.keys(scalarOps) as ScalarOpName[])),
    operands: fc.tuple(choice, choice, choice),
  });
  const cast = fc.record({ kind: fc.constant('cast' as const), operand: choice, dtype: choice });
  const literal = fc.record({
    kind: fc.constant('constant' as const),
    value: fc.constantFrom(...constants),
    dtype: choice,
  });
  const step = fc.oneof(
    { arbitrary: operation, weight: 8 },
    { arbitrary: cast, weight: 1 },
    { arbitrary: literal, weight: 1 },
  );
  return fc.array(step, { maxLength, size: 'max' });
}

export function pick<T>(list: readonly T[], choice: number): T {
  return list[choice % list.length] as T;
}

const RECENT = 3;

/** One of the last values more often than others, so that programs are deep. */
function pickRecent(values: readonly Expression[], choice: number): Expression {
  return choice % 4 === 0 ? pick(values, choice >> 2) : pick(values.slice(-RECENT), choice);
}

/** The last `count` values of a program of these steps, over leaves of which there is at least one. */
export function expressionsOf(
  steps: readonly Step[],
  leaves: readonly Expression[],
  count: number,
  dtypes: readonly DType[],
): readonly Expression[] {
  const values = [...leaves];
  for (const step of steps) values.push(valueOf(step, values, dtypes));
  return values.slice(-count);
}

function valueOf(step: Step, values: readonly Expression[], dtypes: readonly DType[]): Expression {
  switch (step.kind) {
    case 'constant': {
      const floats = dtypes.filter(isFloat);
      const whole = Number.isInteger(step.value) && Math.abs(step.value) <= 100 && !Object.is(step.value, -0);
      return whole
        ? smallConstant(step.value, pick(dtypes, step.dtype))
        : constant(step.value, pick(floats, step.dtype));
    }
    case 'cast':
      return castTo(pickRecent(values, step.operand), pick(dtypes, step.dtype));
    case 'op':
      return operation(step.op, step.operands, values, dtypes);
  }
}

/** A constant that the dtype holds. */
function smallConstant(value: number, dtype: DType): Expression {
  if (dtype === 'bool') return constant(value === 0 ? 0 : 1, dtype);
  return constant(isIntegral(dtype) ? Math.max(value, limitsOf(dtype).min) : value, dtype);
}

function castTo(value: Expression, dtype: DType): Expression {
  return value.dtype === dtype ? value : castNode(value, dtype);
}

/** As an operand of the dtype: a float is brought to where an integer type has numbers. */
function aligned(value: Expression, dtype: DType): Expression {
  if (!isFloat(value.dtype) || !isIntegral(dtype)) return castTo(value, dtype);
  const least = Math.max(limitsOf(dtype).min, -100);
  const bounded = build.min(build.max(value, constant(least, value.dtype)), constant(100, value.dtype));
  return castNode(bounded, dtype);
}

function operation(
  op: ScalarOpName,
  [a, b, c]: readonly [number, number, number],
  values: readonly Expression[],
  dtypes: readonly DType[],
): Expression {
  if (op === 'select') {
    const then = pickRecent(values, b);
    return opNode(op, [castTo(pick(values, a), 'bool'), then, aligned(pick(values, c), then.dtype)]);
  }
  const allowed = dtypesOf(op).filter((dtype) => dtypes.includes(dtype));
  const fitting = values.filter(({ dtype }) => allowed.includes(dtype));
  const first = fitting.length > 0 ? pickRecent(fitting, a) : aligned(pickRecent(values, a), pick(allowed, c));
  if (scalarOps[op].arity === 1) return opNode(op, [first]);
  return opNode(op, [first, aligned(pick(values, b), first.dtype)]);
}
