import { coordinate, expressions as e, input, type MapProgram, mapProgram } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { map } from '../launch/index.ts';
import { add, where } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';

/** Scores [..., L, S] with -Infinity where a key isn't seen, and a float mask added. */
export function maskedScores(scores: Tensor, mask: Tensor | null, causal: boolean): Tensor {
  const seen = causal ? withoutFuture(scores) : scores;
  if (mask === null) return seen;
  return mask.dtype === 'bool' ? where(mask, seen, -Infinity) : add(seen, mask);
}

/** -Infinity right of the diagonal of the last two axes. */
function withoutFuture(scores: Tensor): Tensor {
  return map('causal', causalProgram(scores.dtype, scores.ndim), [scores]);
}

const programs = new Map<string, MapProgram>();

function causalProgram(dtype: DType, ndim: number): MapProgram {
  const key = `${dtype},${ndim}`;
  let program = programs.get(key);
  if (program === undefined) {
    const future = e.gt(coordinate(ndim - 1), coordinate(ndim - 2));
    program = mapProgram([dtype], [], [e.select(future, -Infinity, input(0, dtype))]);
    programs.set(key, program);
  }
  return program;
}
