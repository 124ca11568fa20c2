import {
  type Backend,
  type CrossEntropyBackwardKernel,
  type CrossEntropyKernel,
  checked,
  type View,
  withScratch,
} from '@gradus/backend';
import { itemSize, type Layout, sizeOf, type TypedArray } from '@gradus/storage';
import type { FloatType } from '../codegen/line-code.ts';
import type { Engine, KernelSource } from '../engine.ts';
import { addressOf } from '../map.ts';
import type { Allocator } from '../memory/allocator.ts';
import { withArranged } from './arranged.ts';
import {
  type CrossEntropyForm,
  crossEntropyBackwardKernel,
  crossEntropyKernel,
  crossEntropyPlan,
} from './cross-entropy-code.ts';
import { wordsOf } from './plan.ts';

type Kernel = CrossEntropyKernel | CrossEntropyBackwardKernel;

type Views = Readonly<Record<string, View>>;

/** Nanoseconds per element: an exponential, and ways through the row. */
const ELEMENT_COST = 1;

/** Cross entropy and its gradient of float32 and float64, where the classes of a row are neighbours. */
export class CrossEntropyRunner {
  readonly #backend: Backend;
  readonly #engine: Engine;
  readonly #allocator: Allocator;

  constructor(backend: Backend, engine: Engine, allocator: Allocator) {
    this.#backend = backend;
    this.#engine = engine;
    this.#allocator = allocator;
  }

  /** Runs the kernel, or answers false for what is left to the decomposition. Throws an IndexError for what is no class. */
  forward(kernel: CrossEntropyKernel): boolean {
    const { input, target, weight, outputs } = kernel;
    const type = floatTypeOf(kernel);
    if (type === null) return false;
    const [loss, highest, sum, total] = outputs;
    const isPerRow = total === undefined && loss.layout.size === highest.layout.size;
    withScratch(this.#backend, (allocate) => {
      const losses = isPerRow ? loss : allocate(highest.layout.shape, type);
      const inputs = { input, target, ...(weight && { weight }) };
      withArranged<string, string>(this.#backend, isContiguous, inputs, { losses, highest, sum }, (views) => {
        const counted = this.#count(kernel, views);
        this.#run('forward', crossEntropyKernel, formOf(kernel, type, false), kernel, views);
        if (isPerRow) return;
        const whole = sumOf(this.#elements(views.losses as View));
        this.#elements(loss)[0] = total === undefined ? whole : whole / counted;
        if (total !== undefined) this.#elements(total)[0] = counted;
      });
    });
    return true;
  }

  backward(kernel: CrossEntropyBackwardKernel): boolean {
    const { gradient, input, target, weight, highest, sum, total, outputs } = kernel;
    const type = floatTypeOf(kernel);
    if (type === null) return false;
    const inputs = { gradient, input, target, highest, sum, ...(weight && { weight }), ...(total && { total }) };
    withArranged<string, string>(this.#backend, isContiguous, inputs, { output: outputs[0] }, (views) => {
      this.#run('backward', crossEntropyBackwardKernel, formOf(kernel, type, total !== null), kernel, views);
    });
    return true;
  }

  /** The weights of all targets that count. */
  #count({ input, axis, ignoreIndex }: CrossEntropyKernel, { target, weight }: Views): number {
    const classes = input.layout.shape[axis] as number;
    const weights = weight && this.#elements(weight);
    let counted = 0;
    for (const index of this.#elements(target as View)) {
      if (index === ignoreIndex) continue;
      const known = checked('crossEntropy', index, classes, axis);
      counted += weights === undefined ? 1 : (weights[known] as number);
    }
    return counted;
  }

  #run(
    name: string,
    sourceOf: (form: CrossEntropyForm) => KernelSource,
    form: CrossEntropyForm,
    { input, axis, ignoreIndex, smoothing }: Kernel,
    views: Views,
  ): void {
    const { type, weighted, smoothed, averaged } = form;
    const key = ['cross entropy', type, weighted, smoothed, averaged];
    const loop = this.#engine.kernel(name, key, () => ({ [name]: sourceOf(form) }));
    const length = input.layout.shape[axis] as number;
    const whole = views.weight === undefined ? length : sumOf(this.#elements(views.weight));
    const [own, ownRest, each, eachRest, wholeLow, wholeRest] = wordsOf(1 - smoothing, smoothing / length, whole) as [
      ...[number, number, number],
      ...[number, number, number],
    ];
    this.#allocator.lend(crossEntropyPlan.byteLength(1), (plan) => {
      const gradientStep = views.gradient?.layout.size === 1 ? 0 : itemSize(type);
      const numbers = { own, ownRest, each, eachRest, whole: wholeLow, wholeRest };
      const addresses = crossEntropyPlan.operands.map((operand) => {
        const view = views[operand];
        return view === undefined ? 0 : addressOf(view);
      });
      const words = this.#engine.memory.array('int32') as Int32Array;
      crossEntropyPlan.write(words, plan, { length, ignored: ignoreIndex, gradientStep, ...numbers }, addresses);
      this.#engine.parallel(loop, { total: input.layout.size / length, cost: ELEMENT_COST * length }, plan);
    });
  }

  /** A contiguous view's elements in memory, until more of it is allocated. */
  #elements(view: View): TypedArray {
    const start = addressOf(view) / itemSize(view.dtype);
    return this.#engine.memory.array(view.dtype).subarray(start, start + view.layout.size);
  }
}

/** null where a row's classes aren't neighbours. */
function floatTypeOf({ input: { dtype, layout }, axis }: Kernel): FloatType | null {
  if (dtype !== 'float32' && dtype !== 'float64') return null;
  return sizeOf(layout.shape.slice(axis + 1)) === 1 ? dtype : null;
}

function formOf({ weight, smoothing }: Kernel, type: FloatType, averaged: boolean): CrossEntropyForm {
  return { type, weighted: weight !== null, smoothed: smoothing > 0, averaged };
}

function sumOf(values: TypedArray): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function isContiguous(layout: Layout): boolean {
  return layout.isContiguous;
}
