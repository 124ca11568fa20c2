import { type Expression, expressions as e, input, type ReduceProgram, reduceProgram, uniform } from '@gradus/backend';
import { ArgumentError, type DType, normalizeAxis } from '@gradus/storage';
import { copy } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { type Binary, binary } from './pointwise/define.ts';
import { abs, mul, sub } from './pointwise/index.ts';
import { amax, amin } from './reduction.ts';
import { type AxesOptions, assertFloat, reduceOver, summable } from './reduction-program.ts';

interface NormOptions extends AxesOptions {
  /** The order, infinities included; 'fro' is 2. Default 2. */
  readonly p?: number | 'fro';
  /** Convert elements to it first. */
  readonly dtype?: DType;
}

/**
 * The p-norm of the elements as one vector, (sum |x|^p)^(1/p), over all or some axes. 0 counts what isn't 0, Infinity
 * and -Infinity give the largest and smallest magnitude. Where the norm isn't smooth (at 0) the gradient is 0.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html
 */
export function norm(x: Tensor, options: NormOptions = {}): Tensor {
  const { p = 2 } = options;
  const dtype = assertFloat('norm', options.dtype ?? summable(x.dtype));
  if (dtype !== x.dtype) return scope(() => norm(copy('norm', x, dtype), options));
  const order = p === 'fro' ? 2 : p;
  if (typeof order !== 'number')
    throw new ArgumentError(
      `norm: p must be a number or 'fro', got '${order}'; '@gradus/tensor/linalg' has matrixNorm`,
    );
  if (order === Infinity) return scope(() => amax(abs(x), options));
  if (order === -Infinity) return scope(() => amin(abs(x), options));
  return reduceOver('norm', normProgram(order, dtype), [x], options, [order, 1 / order]);
}

/** The p-norm of a - b, broadcast. */
export function dist(a: Tensor, b: Tensor, options: { readonly p?: number } = {}): Tensor {
  return scope(() => norm(sub(a, b), options));
}

/**
 * Every slice along `dim` whose p-norm is above `limit`, scaled down to it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.renorm.html
 */
export function renorm(x: Tensor, p: number, dim: number, limit: number): Tensor {
  const axis = normalizeAxis('renorm', dim, x.ndim);
  if (x.ndim < 2 || p <= 0)
    throw new ArgumentError(`renorm: needs two axes or more and p > 0, got ${x.ndim} axes and p = ${p}`);
  return scope(() => {
    const rest = x.shape.map((_, i) => i).filter((i) => i !== axis);
    return mul(x, scaleTo(norm(x, { p, dim: rest, keepdim: true }), limit));
  });
}

/** What brings a norm above the limit down to it. */
const scaleTo: Binary = binary('renorm', (norm, limit) =>
  e.select(e.gt(norm, limit), e.div(limit, e.add(norm, 1e-7)), 1),
);

/** By dtype and order; all orders but 0, 1 and 2 share one. */
const programs = new Map<string, ReduceProgram>();

function normProgram(order: number, dtype: DType): ReduceProgram {
  const key = `${order === 0 || order === 1 || order === 2 ? order : 'p'},${dtype}`;
  let program = programs.get(key);
  if (program === undefined) {
    const [body, finish] = normExpressions(order, input(0, dtype), uniform(0, dtype), uniform(1, dtype));
    program = reduceProgram([dtype], [dtype, dtype], 'sum', body, finish);
    programs.set(key, program);
  }
  return program;
}

/** What is summed and what becomes of the sum: `x` stands for either one's argument. */
function normExpressions(
  order: number,
  x: Expression,
  p: Expression,
  inverse: Expression,
): readonly [Expression, Expression] {
  if (order === 0) return [e.cast(e.ne(x, 0), x.dtype), x];
  if (order === 1) return [e.abs(x), x];
  // No gradient at 0, where a root has none.
  if (order === 2) return [e.mul(x, x), e.select(e.eq(x, 0), 0, e.sqrt(x))];
  const power = (base: Expression, exponent: Expression): Expression =>
    e.select(e.eq(base, 0), e.pow(0, exponent), e.pow(base, exponent));
  return [power(e.abs(x), p), power(x, inverse)];
}
