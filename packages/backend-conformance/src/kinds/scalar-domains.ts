import type { ScalarOpName } from '@gradus/backend';
import type { DType } from '@gradus/storage';

type Range = readonly [low: number, high: number];

/** Where an operation is defined and well conditioned, per operand; [-3, 3] where nothing is said. */
const domains: Partial<Record<ScalarOpName, readonly Range[]>> = {
  sqrt: [[0, 9]],
  exp: [[-5, 5]],
  exp2: [[-5, 5]],
  log: [[0.001, 20]],
  log2: [[0.001, 20]],
  log10: [[0.001, 20]],
  log1p: [[-0.9, 20]],
  tan: [[-1.4, 1.4]],
  asin: [[-1, 1]],
  acos: [[-1, 1]],
  acosh: [[1, 10]],
  atanh: [[-0.95, 0.95]],
  erfinv: [[-0.95, 0.95]],
  lgamma: [[0.05, 30]],
  digamma: [[0.05, 30]],
  pow: [
    [0.05, 5],
    [-3, 3],
  ],
  zeta: [
    [1.2, 6],
    [0.2, 10],
  ],
};

export function domainOf(op: ScalarOpName, operand: number): Range {
  return domains[op]?.[operand] ?? [-3, 3];
}

const floats: readonly DType[] = ['float32', 'float64', 'float16', 'bfloat16'];
const integers: readonly DType[] = ['int32', 'uint32', 'uint8', 'int8'];

const anywhere = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'max', 'min', 'select'] as const;
const arithmetic = ['neg', 'abs', 'sign', 'add', 'sub', 'mul', 'div', 'mod', 'fmod'] as const;
const bits = ['and', 'or', 'xor'] as const;
const shifts = ['not', 'shl', 'shr'] as const;
const all: readonly string[] = [...anywhere, ...arithmetic, ...bits, ...shifts];

/** dtypes that an operation is for. */
export function dtypesOf(op: ScalarOpName): readonly DType[] {
  const within = (list: readonly string[]): boolean => list.includes(op);
  if (within(anywhere)) return [...floats, ...integers, 'bool'];
  if (within(arithmetic)) return [...floats, ...integers];
  if (within(bits)) return [...integers, 'bool'];
  return within(all) ? integers : floats;
}
