import { type Expression, expressions as e, input, type MapProgram, mapProgram, uniform } from '@gradus/backend';
import { type DType, formatShape, ShapeError } from '@gradus/storage';
import {
  add,
  arange,
  cat,
  clamp,
  clampMin,
  cumsum,
  detach,
  div,
  eq,
  exp,
  expand,
  full,
  gather,
  isinf,
  lt,
  mul,
  narrow,
  ne,
  neg,
  reshape,
  scope,
  select,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  unsqueeze,
  where,
} from '@gradus/tensor';
import { pad } from '@gradus/tensor/functional';
import { map } from '@gradus/tensor/launch';
import { assertReduction, type LossOptions, reduceLosses } from './reduction.ts';

export interface CtcOptions extends LossOptions {
  /** The class that stands for no label; 0 if left out. */
  readonly blank?: number;
  /** Infinite losses (the input is too short for its target) count as 0, and so do their gradients. */
  readonly zeroInfinity?: boolean;
}

/** How long each sequence is: int32 [N], or numbers. */
export type Lengths = Tensor | readonly number[];

/**
 * Connectionist temporal classification (Graves et al. 2006): minus the logarithm of the probability of a label sequence,
 * summed over all its alignments. Log-probabilities [T, N, C], targets [N, S] (or all one after another in one axis); or,
 * without N, [T, C] and [S]. 'mean' divides each loss by its target's length first.
 *
 * The gradient is, as PyTorch's, the one for logits whose log-softmax is the input.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.ctc_loss.html
 */
export function ctcLoss(
  logProbabilities: Tensor,
  targets: Tensor,
  inputLengths: Lengths,
  targetLengths: Lengths,
  options: CtcOptions = {},
): Tensor {
  const { blank = 0, reduction = 'mean', zeroInfinity = false } = options;
  assertReduction('ctcLoss', reduction);
  if (logProbabilities.ndim < 2 || logProbabilities.ndim > 3) {
    throw new ShapeError(
      `ctcLoss: needs log-probabilities [T, N, C] or [T, C], got ${formatShape(logProbabilities.shape)}`,
    );
  }
  return scope(() => {
    const scores = logProbabilities.ndim === 2 ? unsqueeze(logProbabilities, 1) : logProbabilities;
    const [, batch, classes] = scores.shape as [number, number, number];
    const [steps, lengths] = [inputLengths, targetLengths].map((given) => lengthsOf(given, scores, batch)) as [
      Tensor,
      Tensor,
    ];
    const labels = withBlanks(clamp(labelsOf(targets, lengths), { min: 0, max: classes - 1 }), blank);
    const losses = withLogitsGradient(neg(logLikelihood(scores, labels, blank, steps, lengths)), scores, steps);
    const finite = zeroInfinity ? where(isinf(losses), 0, losses) : losses;
    const shaped = logProbabilities.ndim === 2 ? reshape(finite, []) : finite;
    return reduction === 'mean'
      ? reduceLosses(div(shaped, reshape(clampMin(lengths, 1), shaped.shape)))
      : reduceLosses(shaped, reduction);
  });
}

function lengthsOf(given: Lengths, scores: Tensor, batch: number): Tensor {
  const list = Array.isArray(given)
    ? tensor(given as number[], { dtype: 'int32', backend: scores.backend })
    : (given as Tensor);
  if (list.size !== batch) throw new ShapeError(`ctcLoss: needs ${batch} lengths, got ${formatShape(list.shape)}`);
  return reshape(list, [batch]);
}

/** The labels as [N, S]; what lies beyond a target's length is never read. */
function labelsOf(targets: Tensor, lengths: Tensor): Tensor {
  if (targets.ndim === 2) return targets;
  const size = targets.shape[0] as number;
  const starts = unsqueeze(sub(cumsum(lengths, 0), lengths), 1);
  const places = add(starts, arange(0, size, 1, { dtype: 'int32', backend: targets.backend }));
  const source = expand(unsqueeze(targets, 0), [lengths.size, size]);
  return gather(source, 1, clamp(places, { min: 0, max: Math.max(size - 1, 0) }));
}

/** A blank before, between and after all labels: [N, 2 S + 1]. */
function withBlanks(labels: Tensor, blank: number): Tensor {
  const [batch, length] = labels.shape as [number, number];
  const like = { dtype: labels.dtype, backend: labels.backend };
  const pairs = stack([full([batch, length], blank, like), labels], { dim: 2 });
  return cat([reshape(pairs, [batch, 2 * length]), full([batch, 1], blank, like)], { dim: 1 });
}

/** The logarithm of each target's probability, [N]: the forward algorithm over the labels with blanks. */
function logLikelihood(scores: Tensor, labels: Tensor, blank: number, steps: Tensor, lengths: Tensor): Tensor {
  const [time, batch] = scores.shape as [number, number];
  const states = labels.shape[1] as number;
  const emitted = gather(scores, 2, expand(unsqueeze(labels, 0), [time, batch, states]));
  // A blank may be left out between two labels that differ; two places before a blank there is a blank.
  const skips = ne(labels, earlier(labels, 2, blank));
  const position = arange(0, states, 1, { dtype: 'int32', backend: scores.backend });
  const limits = unsqueeze(steps, 1);
  const program = stepProgram(scores.dtype, steps.dtype);
  let alpha = where(lt(position, 2), select(emitted, 0, 0), -Infinity);
  for (let t = 1; t < time; t++) {
    const [one, two] = [earlier(alpha, 1, -Infinity), earlier(alpha, 2, -Infinity)];
    alpha = map('ctcLoss', program, [alpha, one, two, select(emitted, 0, t), skips, limits], [t]);
  }
  const last = unsqueeze(mul(lengths, 2), 1);
  const beforeLast = where(eq(last, 0), -Infinity, gather(alpha, 1, clampMin(sub(last, 1), 0)));
  return reshape(logSum(gather(alpha, 1, last), beforeLast), [batch]);
}

/** x [N, states] moved right by some states. */
function earlier(x: Tensor, by: number, first: number): Tensor {
  return pad(narrow(x, 1, 0, Math.max((x.shape[1] as number) - by, 0)), [Math.min(by, x.shape[1] as number), 0], {
    value: first,
  });
}

const programs = new Map<string, MapProgram>();

/** One step in time: a state goes on, or comes from the one before, or from two before where that is allowed. */
function stepProgram(dtype: DType, lengthDType: DType): MapProgram {
  const key = `${dtype},${lengthDType}`;
  let program = programs.get(key);
  if (program === undefined) {
    const [stay, one, two, emitted] = [0, 1, 2, 3].map((i) => input(i, dtype)) as [
      Expression,
      Expression,
      Expression,
      Expression,
    ];
    const reached = logSumExpression(stay, one, e.select(input(4, 'bool'), two, -Infinity));
    const going = e.lt(uniform(0, lengthDType), input(5, lengthDType));
    const inputs: DType[] = [dtype, dtype, dtype, dtype, 'bool', lengthDType];
    program = mapProgram(inputs, [lengthDType], [e.select(going, e.add(reached, emitted), stay)]);
    programs.set(key, program);
  }
  return program;
}

/** log(sum(exp(x))), -Infinity (and without a gradient) where all are. */
function logSumExpression(...terms: Expression[]): Expression {
  const largest = terms.reduce((a, b) => e.max(a, b));
  const total = terms.map((x) => e.exp(e.sub(x, largest))).reduce((a, b) => e.add(a, b));
  return e.select(e.eq(largest, -Infinity), -Infinity, e.add(largest, e.log(total)));
}

function logSum(a: Tensor, b: Tensor): Tensor {
  const { dtype } = a;
  return map('ctcLoss', mapProgram([dtype, dtype], [], [logSumExpression(input(0, dtype), input(1, dtype))]), [a, b]);
}

/** The losses, with the gradient that they have through a log-softmax: the probabilities of all steps added. */
function withLogitsGradient(losses: Tensor, scores: Tensor, steps: Tensor): Tensor {
  const time = arange(0, scores.shape[0] as number, 1, { dtype: 'int32', backend: scores.backend });
  const counts = unsqueeze(lt(unsqueeze(time, 1), steps), 2);
  const mass = sum(where(counts, exp(scores), 0), { dim: [0, 2] });
  return add(losses, sub(mass, detach(mass)));
}
