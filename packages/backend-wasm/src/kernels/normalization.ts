import {
  type Backend,
  copyView,
  type NormalizationBackwardKernel,
  type NormalizationKernel,
  type View,
  withScratch,
} from '@gradus/backend';
import { parameterGradients } from '@gradus/backend/nn';
import { itemSize, type Shape, sizeOf } from '@gradus/storage';
import type { Engine } from '../engine.ts';
import { pointerOf } from '../map.ts';
import type { Allocator } from '../memory/allocator.ts';
import {
  type AffineKind,
  type NormalizationForm,
  normalizationBackwardKernel,
  normalizationKernel,
  normalizationPlan,
} from './normalization-code.ts';

type Loop = (from: number, to: number, plan: number) => void;

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
  readonly #loops = new Map<string, Loop>();

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
    this.#contiguous({ input, ...(weight && { weight }), ...(bias && { bias }) }, results, (addresses) => {
      const form = { type: dtype, centred: mean !== undefined, weight: rows.weight, bias: bias !== null };
      this.#run('forward', form, rows, eps, addresses);
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
    this.#contiguous(inputs, { output, ...(isComplete && parameters) }, (addresses) => {
      const form = { type: dtype, centred: mean !== null, weight: rows.weight, bias: false };
      this.#run('backward', form, rows, eps, addresses);
    });
    if (!isComplete) parameterGradients(this.#backend, kernel);
    return true;
  }

  #run(
    name: 'forward' | 'backward',
    form: NormalizationForm,
    { count, pieces, length, period }: Rows,
    eps: number,
    addresses: Readonly<Record<string, number>>,
  ): void {
    const loop = this.#loopFor(name, form);
    const size = itemSize(form.type);
    const [epsLow, epsHigh, shareLow, shareHigh] = wordsOf(eps, 1 / (pieces * length));
    this.#allocator.lend(normalizationPlan.byteLength(1), (plan) => {
      const fields = { pieces, length, pieceStep: count * length * size, period };
      const numbers = { eps: epsLow, epsRest: epsHigh, share: shareLow, shareRest: shareHigh };
      const words = this.#engine.memory.array('int32') as Int32Array;
      const table = normalizationPlan.operands.map((operand) => addresses[operand] ?? 0);
      normalizationPlan.write(words, plan, { ...fields, ...numbers }, table);
      this.#engine.parallel(loop, { total: count, cost: ELEMENT_COST * pieces * length }, plan);
    });
  }

  #loopFor(name: 'forward' | 'backward', form: NormalizationForm): Loop {
    const key = `${name} ${form.type} ${form.centred} ${form.weight} ${form.bias}`;
    let loop = this.#loops.get(key);
    if (loop === undefined) {
      const source = name === 'forward' ? normalizationKernel(form) : normalizationBackwardKernel(form);
      loop = this.#engine.compile({ [name]: source })[name] as Loop;
      this.#loops.set(key, loop);
    }
    return loop;
  }

  /** Runs `body` with the addresses of contiguous views: others are copied first, results afterwards. */
  #contiguous(
    inputs: Readonly<Record<string, View>>,
    outputs: Readonly<Record<string, View>>,
    body: (addresses: Readonly<Record<string, number>>) => void,
  ): void {
    withScratch(this.#backend, (allocate) => {
      const arranged = (view: View): View =>
        view.layout.isContiguous ? view : allocate(view.layout.shape, view.dtype);
      const addresses: Record<string, number> = {};
      const results: (readonly [from: View, to: View])[] = [];
      for (const [name, view] of Object.entries(inputs)) {
        const source = arranged(view);
        if (source !== view) copyView(this.#backend, view, source);
        addresses[name] = addressOf(source);
      }
      for (const [name, view] of Object.entries(outputs)) {
        const target = arranged(view);
        if (target !== view) results.push([target, view]);
        addresses[name] = addressOf(target);
      }
      body(addresses);
      for (const [from, to] of results) copyView(this.#backend, from, to);
    });
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

function addressOf(view: View): number {
  return pointerOf(view) + view.layout.offset * itemSize(view.dtype);
}

/** Numbers as float64 stand in memory, in words. */
function wordsOf(...numbers: number[]): readonly [number, number, number, number] {
  return new Int32Array(Float64Array.from(numbers).buffer) as unknown as readonly [number, number, number, number];
}
