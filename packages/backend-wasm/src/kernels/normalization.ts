import type { Backend, NormalizationBackwardKernel, NormalizationKernel, View } from '@gradus/backend';
import { parameterGradients } from '@gradus/backend/nn';
import { itemSize, type Layout, type Shape, sizeOf } from '@gradus/storage';
import type { Engine } from '../engine.ts';
import { addressOf } from '../map.ts';
import type { Allocator } from '../memory/allocator.ts';
import type { RangeKernel } from '../pool/take-chunks.ts';
import { withArranged } from './arranged.ts';
import {
  type AffineKind,
  type NormalizationForm,
  normalizationBackwardKernel,
  normalizationKernel,
  normalizationPlan,
} from './normalization-code.ts';
import { wordsOf } from './plan.ts';

/** An input as rows that are normalized one by one. */
interface Rows {
  readonly count: number;
  /** A row is so many pieces of `length` neighbours, one piece per repetition of all rows. */
  readonly pieces: number;
  readonly length: number;
  readonly weight: AffineKind;
  /** Rows after which the weights begin anew. */
  readonly period: number;
}

/** Shorter pieces are left to the decomposition, which walks across them. */
const SHORT = 4;

/** Nanoseconds per element. */
const ELEMENT_COST = 0.5;

/** Normalization and its gradients of float32 and float64, where rows are pieces of neighbours. */
export class NormalizationRunner {
  readonly #backend: Backend;
  readonly #engine: Engine;
  readonly #allocator: Allocator;

  constructor(backend: Backend, engine: Engine, allocator: Allocator) {
    this.#backend = backend;
    this.#engine = engine;
    this.#allocator = allocator;
  }

  /** Runs the kernel, or answers false for what is left to the decomposition. */
  forward({ input, weight, bias, outputs, axes, eps }: NormalizationKernel): boolean {
    const { dtype } = input;
    const rows = rowsOf(input.layout.shape, axes, weight);
    if ((dtype !== 'float32' && dtype !== 'float64') || rows === null) return false;
    const [output, variance, mean] = outputs;
    const results = mean === undefined ? { output, variance } : { output, variance, mean };
    const inputs = { input, ...(weight && { weight }), ...(bias && { bias }) };
    withArranged<string, string>(this.#backend, isContiguous, inputs, results, (views) => {
      const form = { type: dtype, centred: mean !== undefined, weight: rows.weight, bias: bias !== null };
      this.#run('forward', form, rows, eps, views);
    });
    return true;
  }

  /** The same for the gradients: those of weights that differ by elements, or repeat, are sums over rows. */
  backward(kernel: NormalizationBackwardKernel): boolean {
    const { gradient, input, weight, variance, mean, axes, eps, outputs } = kernel;
    const { dtype } = input;
    const rows = rowsOf(input.layout.shape, axes, weight);
    if ((dtype !== 'float32' && dtype !== 'float64') || rows === null) return false;
    const [output, ofWeight, ofBias] = outputs;
    const isComplete = rows.weight === 'row' && rows.period === rows.count;
    const inputs = { gradient, input, variance, ...(mean && { mean }), ...(weight && { weight }) };
    const parameters = { ...(ofWeight && { ofWeight }), ...(ofBias && { ofBias }) };
    const results = { output, ...(isComplete && parameters) };
    withArranged<string, string>(this.#backend, isContiguous, inputs, results, (views) => {
      const form = { type: dtype, centred: mean !== null, weight: rows.weight, bias: false };
      this.#run('backward', form, rows, eps, views);
    });
    if (!isComplete) parameterGradients(this.#backend, kernel);
    return true;
  }

  #run(
    name: 'forward' | 'backward',
    form: NormalizationForm,
    { count, pieces, length, period }: Rows,
    eps: number,
    views: Readonly<Record<string, View>>,
  ): void {
    const loop = this.#loopFor(name, form);
    const size = itemSize(form.type);
    const [epsLow, epsHigh, shareLow, shareHigh] = wordsOf(eps, 1 / (pieces * length)) as [
      number,
      number,
      number,
      number,
    ];
    this.#allocator.lend(normalizationPlan.byteLength(1), (plan) => {
      const fields = { pieces, length, pieceStep: count * length * size, period };
      const numbers = { eps: epsLow, epsRest: epsHigh, share: shareLow, shareRest: shareHigh };
      const words = this.#engine.memory.array('int32') as Int32Array;
      const addresses = normalizationPlan.operands.map((operand) => {
        const view = views[operand];
        return view === undefined ? 0 : addressOf(view);
      });
      normalizationPlan.write(words, plan, { ...fields, ...numbers }, addresses);
      this.#engine.parallel(loop, { total: count, cost: ELEMENT_COST * pieces * length }, plan);
    });
  }

  #loopFor(name: 'forward' | 'backward', form: NormalizationForm): RangeKernel {
    const source = name === 'forward' ? normalizationKernel : normalizationBackwardKernel;
    const { type, centred, weight, bias } = form;
    return this.#engine.kernel(name, ['normalization', type, centred, weight, bias], () => ({ [name]: source(form) }));
  }
}

/** null where the axes that are kept are no run, pieces are short, or weights are neither of rows nor of their elements. */
function rowsOf(shape: Shape, axes: readonly number[], weight: View | null): Rows | null {
  const kept = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const [first, last] = kept.length === 0 ? [0, -1] : [kept[0] as number, kept.at(-1) as number];
  if (last - first + 1 !== kept.length) return null;
  const [pieces, count, length] = [shape.slice(0, first), shape.slice(first, last + 1), shape.slice(last + 1)].map(
    sizeOf,
  ) as [number, number, number];
  if (length < SHORT) return null;
  const rows = { count, pieces, length };
  if (weight === null) return { ...rows, weight: 'none', period: 1 };
  const own = weight.layout.shape;
  const [perRow, perElement] = [sizeOf(own.slice(first, last + 1)), sizeOf(own.slice(last + 1))];
  const repeats = sizeOf(own.slice(0, first)) === 1;
  if (repeats && perRow === 1 && perElement === length && pieces === 1)
    return { ...rows, weight: 'element', period: 1 };
  return repeats && perElement === 1 && isSuffix(own, shape, first, last)
    ? { ...rows, weight: 'row', period: perRow }
    : null;
}

/** Whether the weights differ along the last of the kept axes, and along none before these. */
function isSuffix(own: Shape, shape: Shape, first: number, last: number): boolean {
  let axis = last;
  while (axis >= first && own[axis] === shape[axis]) axis--;
  return own.slice(first, axis + 1).every((n) => n === 1);
}

function isContiguous(layout: Layout): boolean {
  return layout.isContiguous;
}
