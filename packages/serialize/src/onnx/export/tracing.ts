import type { Backend } from '@gradus/backend';
import { type Layout, type Storage, sameLayout } from '@gradus/storage';
import { keep, type Tensor } from '@gradus/tensor';
import * as launch from '@gradus/tensor/launch';
import { ExportError, type Step, type Trace, type TracedOperation, type Value } from './trace.ts';

/** What is known of tensors while a function is traced, and the steps so far. */
export class Tracing {
  readonly #steps: Step[] = [];
  readonly #constants: Tensor[] = [];
  readonly #values = new Map<Tensor, Value>();
  readonly #handles = new Map<Storage<Backend>, Set<Tensor>>();
  readonly #parameters = new Map<Storage<Backend>, { readonly layout: Layout; readonly value: Value }[]>();
  #outputs: readonly Value[] = [];

  constructor(parameters: ReadonlyMap<string, Tensor>) {
    for (const [name, x] of parameters) {
      const value = { shape: x.shape, dtype: x.dtype, name, constant: x, producer: null };
      const known = this.#parameters.get(x.storage) ?? [];
      if (!known.some(({ layout }) => sameLayout(layout, x.layout))) known.push({ layout: x.layout, value });
      this.#parameters.set(x.storage, known);
    }
  }

  /** A handle of its own on an input of the graph. */
  input(name: string, x: Tensor): Tensor {
    const handle = this.suspended(() => launch.alias(x));
    return this.bind(handle, { shape: x.shape, dtype: x.dtype, name, constant: null, producer: null });
  }

  /** Says what the graph's outputs are. */
  finish(results: readonly Tensor[]): void {
    this.#outputs = results.map((x) => this.value(x));
  }

  /** Gives the copies of constants back. */
  dispose(): void {
    for (const constant of this.#constants) constant.dispose();
  }

  result(): Omit<Trace, 'inputs'> {
    return {
      steps: this.#steps,
      outputs: this.#outputs,
      dispose: () => this.dispose(),
    };
  }

  /** The value of a tensor; one that nobody traced is a constant from now on. */
  value(x: Tensor): Value {
    const known = this.known(x);
    if (known !== null) return known;
    const copy = this.suspended(() => keep(launch.copy('constant', x)));
    this.#constants.push(copy);
    const value = { shape: x.shape, dtype: x.dtype, name: '', constant: copy, producer: null };
    this.bind(x, value);
    return value;
  }

  /** Runs a launch of one result and notes it. */
  one(operation: TracedOperation, inputs: readonly Tensor[], run: () => Tensor): Tensor {
    return this.many(operation, inputs, () => [run()])[0] as Tensor;
  }

  /** Runs a launch that gives values with their indices, and notes it. */
  pair<T extends { readonly values: Tensor; readonly indices: Tensor }>(
    operation: TracedOperation,
    x: Tensor,
    run: () => T,
  ): T {
    let pair: T | undefined;
    this.many(operation, [x], () => {
      pair = run();
      return [pair.values, pair.indices];
    });
    return pair as T;
  }

  /** Runs a launch and notes it. */
  many(operation: TracedOperation, inputs: readonly Tensor[], run: () => readonly Tensor[]): readonly Tensor[] {
    const values = inputs.map((x) => this.value(x));
    const outputs = this.suspended(run);
    this.#note(operation, values, outputs);
    return outputs;
  }

  /** The target stands for a new value from here on. Other handles on its memory would not see it. */
  inPlace(operation: TracedOperation, inputs: readonly Tensor[], target: Tensor, run: () => Tensor): Tensor {
    const values = inputs.map((x) => this.value(x));
    const others = [...(this.#handles.get(target.storage) ?? [])].filter((x) => x !== target && !x.isDisposed);
    if (others.length > 0) {
      throw new ExportError('exportOnnx: a tensor that has views is written in place; write to a clone() of it');
    }
    const result = this.suspended(run);
    this.#note(operation, values, [target]);
    return result;
  }

  #note(operation: TracedOperation, inputs: readonly Value[], results: readonly Tensor[]): void {
    const outputs = results.map(
      ({ shape, dtype }): Value => ({ shape, dtype, name: '', constant: null, producer: null }),
    );
    const step = { operation, inputs, outputs };
    this.#steps.push(step);
    for (const [i, value] of outputs.entries()) {
      value.producer = step;
      this.bind(results[i] as Tensor, value);
    }
  }

  /** Makes a handle stand for a value. */
  bind(x: Tensor, value: Value): Tensor {
    this.#values.set(x, value);
    const handles = this.#handles.get(x.storage) ?? new Set();
    this.#handles.set(x.storage, handles.add(x));
    return x;
  }

  /** The value that a handle stands for; a parameter is known by its memory. */
  known(x: Tensor): Value | null {
    const value = this.#values.get(x);
    if (value !== undefined) return value;
    return this.#parameters.get(x.storage)?.find(({ layout }) => sameLayout(layout, x.layout))?.value ?? null;
  }

  /** Runs launches themselves, unseen. */
  suspended<T>(run: () => T): T {
    const { transform } = launch;
    launch.setTransform(null);
    try {
      return run();
    } finally {
      launch.setTransform(transform);
    }
  }
}
