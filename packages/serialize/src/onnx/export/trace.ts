import type { Backend, MapProgram, ReduceProgram, ScanOp, ScatterCombine, WindowGeometry } from '@gradus/backend';
import {
  ArgumentError,
  type DType,
  GradusError,
  type Layout,
  type Movement,
  type Shape,
  type Storage,
  sameLayout,
} from '@gradus/storage';
import { keep, type Operation, scope, type Tensor, to, unrecorded } from '@gradus/tensor';
import * as launch from '@gradus/tensor/launch';

/** What can't be expressed as an ONNX graph. */
export class ExportError extends GradusError {
  override readonly name: string = 'ExportError';
}

/** A tensor of the graph. */
export interface Value {
  readonly shape: Shape;
  readonly dtype: DType;
  /** The input or parameter that it is; '' for everything else. */
  readonly name: string;
  /** Its values, where they don't depend on an input. */
  readonly constant: Tensor | null;
  /** What made it. */
  producer: Step | null;
}

/** An operation that ran. `alias` gives the same elements under another handle. */
export interface Step {
  readonly operation: Operation;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

export interface Trace {
  readonly inputs: readonly Value[];
  readonly steps: readonly Step[];
  readonly outputs: readonly Value[];
  /** Gives the copies of constants back. */
  dispose(): void;
}

/** Runs a function once and notes every launch that depends on its inputs or on the parameters. */
export function trace(
  body: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly (readonly [name: string, x: Tensor])[],
  parameters: ReadonlyMap<string, Tensor>,
): Trace {
  if (launch.transform !== null) throw new ArgumentError('exportOnnx: it can not run inside of vmap');
  const tracer = new Tracer(parameters);
  return unrecorded(() =>
    tracer.active(() => {
      const handles = inputs.map(([name, x]) => tracer.input(name, x));
      const values = handles.map((x) => tracer.value(x));
      scope(() => {
        const results = body(...handles);
        tracer.finish(Array.isArray(results) ? results : [results as Tensor]);
      });
      for (const handle of handles) handle.dispose();
      return { inputs: values, ...tracer.result() };
    }),
  );
}

/** Stands behind the launch functions: runs them, and notes what they did. */
class Tracer implements launch.LaunchTransform {
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

  active<T>(run: () => T): T {
    launch.setTransform(this);
    try {
      return run();
    } catch (error) {
      for (const constant of this.#constants) constant.dispose();
      throw error;
    } finally {
      launch.setTransform(null);
    }
  }

  input(name: string, x: Tensor): Tensor {
    const handle = this.#suspended(() => launch.alias(x));
    return this.#bind(handle, { shape: x.shape, dtype: x.dtype, name, constant: null, producer: null });
  }

  finish(results: readonly Tensor[]): void {
    this.#outputs = results.map((x) => this.value(x));
  }

  result(): Omit<Trace, 'inputs'> {
    const constants = this.#constants;
    return {
      steps: this.#steps,
      outputs: this.#outputs,
      dispose: () => {
        for (const constant of constants) constant.dispose();
      },
    };
  }

  /** The value of a tensor; one that nobody traced is a constant from now on. */
  value(x: Tensor): Value {
    const known = this.#known(x);
    if (known !== null) return known;
    const copy = this.#suspended(() => keep(launch.copy('constant', x)));
    this.#constants.push(copy);
    const value = { shape: x.shape, dtype: x.dtype, name: '', constant: copy, producer: null };
    this.#bind(x, value);
    return value;
  }

  takes(tensors: readonly Tensor[]): boolean {
    return tensors.some((x) => this.#known(x) !== null);
  }

  all(x: Tensor): Tensor {
    return x;
  }

  move(x: Tensor, backend: Backend): Tensor {
    const value = this.value(x);
    return this.#bind(
      this.#suspended(() => to(x, backend)),
      value,
    );
  }

  draw(): null {
    throw new ExportError(
      'exportOnnx: the function draws random numbers; put the model in evaluation mode, with model.eval()',
    );
  }

  refuseRead(): never {
    throw new ExportError("exportOnnx: the function reads a tensor's values; a graph can't depend on them");
  }

  alias(x: Tensor, layout: Layout = x.layout): Tensor {
    if (sameLayout(layout, x.layout)) {
      const value = this.value(x);
      return this.#bind(
        this.#suspended(() => launch.alias(x)),
        value,
      );
    }
    const { shape, strides, offset } = layout;
    return this.view(x, { type: 'asStrided', shape, strides, offset });
  }

  view(x: Tensor, movement: Movement): Tensor {
    return this.#one({ kind: 'view', movement, from: x.layout }, [x], () => launch.view(x, movement));
  }

  map(name: string, program: MapProgram, inputs: readonly Tensor[], uniforms: readonly number[] = []): Tensor {
    const operation = { kind: 'map', name, program, uniforms } as const;
    return this.#one(operation, inputs, () => launch.map(name, program, inputs, uniforms));
  }

  mapMany(
    name: string,
    program: MapProgram,
    inputs: readonly Tensor[],
    uniforms: readonly number[] = [],
  ): readonly Tensor[] {
    const operation = { kind: 'map', name, program, uniforms } as const;
    return this.#many(operation, inputs, () => launch.mapMany(name, program, inputs, uniforms));
  }

  mapInPlace(
    name: string,
    program: MapProgram,
    inputs: readonly Tensor[],
    target: Tensor,
    uniforms: readonly number[] = [],
  ): Tensor {
    const operation = { kind: 'map', name, program, uniforms } as const;
    return this.#inPlace(operation, inputs, target, () => launch.mapInPlace(name, program, inputs, target, uniforms));
  }

  updateInPlace(): void {
    throw new ExportError('exportOnnx: the function updates tensors, as optimizers do');
  }

  reduce(
    name: string,
    program: ReduceProgram,
    inputs: readonly Tensor[],
    axes: readonly number[],
    shape: Shape,
    uniforms: readonly number[] = [],
  ): Tensor {
    const operation = { kind: 'reduce', name, program, uniforms, axes } as const;
    return this.#one(operation, inputs, () => launch.reduce(name, program, inputs, axes, shape, uniforms));
  }

  reduceWithIndices(
    name: string,
    program: ReduceProgram,
    x: Tensor,
    axes: readonly number[],
    shape: Shape,
  ): { readonly values: Tensor; readonly indices: Tensor } {
    const operation = { kind: 'reduce', name, program, uniforms: [], axes } as const;
    return this.#pair(operation, x, () => launch.reduceWithIndices(name, program, x, axes, shape));
  }

  scan(op: ScanOp, x: Tensor, axis: number): readonly Tensor[] {
    return this.#many({ kind: 'scan', op, axis }, [x], () => launch.scan(op, x, axis));
  }

  matmul(a: Tensor, b: Tensor, batch: Shape): Tensor {
    return this.#one({ kind: 'matmul' }, [a, b], () => launch.matmul(a, b, batch));
  }

  cat(parts: readonly Tensor[], axis: number): Tensor {
    return this.#one({ kind: 'cat', axis }, parts, () => launch.cat(parts, axis));
  }

  split(x: Tensor, sizes: readonly number[], axis: number): readonly Tensor[] {
    return this.#many({ kind: 'split', axis, sizes }, [x], () => launch.split(x, sizes, axis));
  }

  gather(source: Tensor, index: Tensor, axis: number): Tensor {
    return this.#one({ kind: 'gather', axis }, [source, index], () => launch.gather(source, index, axis));
  }

  scatterInPlace(target: Tensor, index: Tensor, source: Tensor, axis: number, combine: ScatterCombine): Tensor {
    return this.#inPlace({ kind: 'scatter', axis, combine }, [target, index, source], target, () =>
      launch.scatterInPlace(target, index, source, axis, combine),
    );
  }

  sort(x: Tensor, axis: number, descending: boolean, stable: boolean): { values: Tensor; indices: Tensor } {
    // The operation doesn't say which way, so its axis does here: counted from the end where the order is descending.
    const signed = descending ? axis - x.ndim : axis;
    return this.#pair({ kind: 'sort', axis: signed }, x, () => launch.sort(x, axis, descending, stable));
  }

  softmax(x: Tensor, axis: number, log: boolean): Tensor {
    return this.#one({ kind: 'softmax', axis, log }, [x], () => launch.softmax(x, axis, log));
  }

  convolve(
    kind: Parameters<typeof launch.convolve>[0],
    a: Tensor,
    b: Tensor,
    geometry: Parameters<typeof launch.convolve>[3],
    shape: Shape,
  ): Tensor {
    return this.#one({ kind, geometry, shape }, [a, b], () => launch.convolve(kind, a, b, geometry, shape));
  }

  maxPool(
    x: Tensor,
    window: readonly number[],
    geometry: WindowGeometry,
    shape: Shape,
  ): { values: Tensor; indices: Tensor } {
    return this.#pair({ kind: 'maxPool', window, geometry }, x, () => launch.maxPool(x, window, geometry, shape));
  }

  place(g: Tensor, movement: Movement, from: Layout): Tensor {
    return this.#one({ kind: 'place', movement, from }, [g], () => launch.place(g, movement, from));
  }

  factorize(name: string): never {
    throw new ExportError(`exportOnnx: ONNX has no operator for ${name}`);
  }

  /** The ops that it is computed by are traced. */
  withRule(
    _name: string,
    _inputs: readonly Tensor[],
    _rule: unknown,
    compute: () => readonly Tensor[],
  ): readonly Tensor[] {
    return compute();
  }

  #one(operation: Operation, inputs: readonly Tensor[], run: () => Tensor): Tensor {
    return this.#many(operation, inputs, () => [run()])[0] as Tensor;
  }

  #pair<T extends { readonly values: Tensor; readonly indices: Tensor }>(
    operation: Operation,
    x: Tensor,
    run: () => T,
  ): T {
    let pair: T | undefined;
    this.#many(operation, [x], () => {
      pair = run();
      return [pair.values, pair.indices];
    });
    return pair as T;
  }

  #many(operation: Operation, inputs: readonly Tensor[], run: () => readonly Tensor[]): readonly Tensor[] {
    const values = inputs.map((x) => this.value(x));
    const outputs = this.#suspended(run);
    this.#note(operation, values, outputs);
    return outputs;
  }

  /** The target stands for a new value from here on. Other handles on its memory would not see it. */
  #inPlace(operation: Operation, inputs: readonly Tensor[], target: Tensor, run: () => Tensor): Tensor {
    const values = inputs.map((x) => this.value(x));
    const others = [...(this.#handles.get(target.storage) ?? [])].filter((x) => x !== target && !x.isDisposed);
    if (others.length > 0) {
      throw new ExportError('exportOnnx: a tensor that has views is written in place; write to a clone() of it');
    }
    const result = this.#suspended(run);
    this.#note(operation, values, [target]);
    return result;
  }

  #note(operation: Operation, inputs: readonly Value[], results: readonly Tensor[]): void {
    const outputs = results.map(
      ({ shape, dtype }): Value => ({ shape, dtype, name: '', constant: null, producer: null }),
    );
    const step = { operation, inputs, outputs };
    this.#steps.push(step);
    for (const [i, value] of outputs.entries()) {
      value.producer = step;
      this.#bind(results[i] as Tensor, value);
    }
  }

  #bind(x: Tensor, value: Value): Tensor {
    this.#values.set(x, value);
    const handles = this.#handles.get(x.storage) ?? new Set();
    this.#handles.set(x.storage, handles.add(x));
    return x;
  }

  #known(x: Tensor): Value | null {
    const value = this.#values.get(x);
    if (value !== undefined) return value;
    return this.#parameters.get(x.storage)?.find(({ layout }) => sameLayout(layout, x.layout))?.value ?? null;
  }

  #suspended<T>(run: () => T): T {
    launch.setTransform(null);
    try {
      return run();
    } finally {
      launch.setTransform(this);
    }
  }
}
