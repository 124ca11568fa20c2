import type { Backend, MapProgram, ReduceProgram, ScanOp, ScatterCombine, WindowGeometry } from '@gradus/backend';
import { ArgumentError, type Layout, type Movement, type Shape, sameLayout } from '@gradus/storage';
import { scope, type Tensor, to, unrecorded } from '@gradus/tensor';
import * as launch from '@gradus/tensor/launch';
import { ExportError, type Trace } from './trace.ts';
import { Tracing } from './tracing.ts';

/** Runs a function once and notes every launch that depends on its inputs or on the parameters. */
export function trace(
  body: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly (readonly [name: string, x: Tensor])[],
  parameters: ReadonlyMap<string, Tensor>,
): Trace {
  if (launch.transform !== null) throw new ArgumentError('exportOnnx: it can not run inside of vmap');
  const tracing = new Tracing(parameters);
  const handles = inputs.map(([name, x]) => tracing.input(name, x));
  const values = handles.map((x) => tracing.value(x));
  launch.setTransform(transformOf(tracing));
  try {
    unrecorded(() =>
      scope(() => {
        const results = body(...handles);
        tracing.finish(Array.isArray(results) ? results : [results as Tensor]);
      }),
    );
    return { inputs: values, ...tracing.result() };
  } catch (error) {
    tracing.dispose();
    throw error;
  } finally {
    launch.setTransform(null);
    for (const handle of handles) handle.dispose();
  }
}

/** Stands behind the launch functions: runs them, and notes what they did. */
function transformOf(tracing: Tracing): launch.LaunchTransform {
  const transform: launch.LaunchTransform = {
    takes(tensors: readonly Tensor[]): boolean {
      return tensors.some((x) => tracing.known(x) !== null);
    },

    all(x: Tensor): Tensor {
      return x;
    },

    move(x: Tensor, backend: Backend): Tensor {
      const value = tracing.value(x);
      return tracing.bind(
        tracing.suspended(() => to(x, backend)),
        value,
      );
    },

    draw(): null {
      throw new ExportError(
        'exportOnnx: the function draws random numbers; put the model in evaluation mode, with model.eval()',
      );
    },

    refuseRead(): never {
      throw new ExportError("exportOnnx: the function reads a tensor's values; a graph can't depend on them");
    },

    alias(x: Tensor, layout: Layout = x.layout): Tensor {
      if (sameLayout(layout, x.layout)) {
        const value = tracing.value(x);
        return tracing.bind(
          tracing.suspended(() => launch.alias(x)),
          value,
        );
      }
      const { shape, strides, offset } = layout;
      return transform.view(x, { type: 'asStrided', shape, strides, offset });
    },

    view(x: Tensor, movement: Movement): Tensor {
      return tracing.one({ kind: 'view', movement, from: x.layout }, [x], () => launch.view(x, movement));
    },

    map(name: string, program: MapProgram, inputs: readonly Tensor[], uniforms: readonly number[] = []): Tensor {
      const operation = { kind: 'map', name, program, uniforms } as const;
      return tracing.one(operation, inputs, () => launch.map(name, program, inputs, uniforms));
    },

    mapMany(
      name: string,
      program: MapProgram,
      inputs: readonly Tensor[],
      uniforms: readonly number[] = [],
    ): readonly Tensor[] {
      const operation = { kind: 'map', name, program, uniforms } as const;
      return tracing.many(operation, inputs, () => launch.mapMany(name, program, inputs, uniforms));
    },

    mapInPlace(
      name: string,
      program: MapProgram,
      inputs: readonly Tensor[],
      target: Tensor,
      uniforms: readonly number[] = [],
    ): Tensor {
      const operation = { kind: 'map', name, program, uniforms } as const;
      return tracing.inPlace(operation, inputs, target, () =>
        launch.mapInPlace(name, program, inputs, target, uniforms),
      );
    },

    updateInPlace(): void {
      throw new ExportError('exportOnnx: the function updates tensors, as optimizers do');
    },

    reduce(
      name: string,
      program: ReduceProgram,
      inputs: readonly Tensor[],
      axes: readonly number[],
      shape: Shape,
      uniforms: readonly number[] = [],
    ): Tensor {
      const operation = { kind: 'reduce', name, program, uniforms, axes } as const;
      return tracing.one(operation, inputs, () => launch.reduce(name, program, inputs, axes, shape, uniforms));
    },

    reduceWithIndices(
      name: string,
      program: ReduceProgram,
      x: Tensor,
      axes: readonly number[],
      shape: Shape,
    ): { readonly values: Tensor; readonly indices: Tensor } {
      const operation = { kind: 'reduce', name, program, uniforms: [], axes } as const;
      return tracing.pair(operation, x, () => launch.reduceWithIndices(name, program, x, axes, shape));
    },

    scan(op: ScanOp, x: Tensor, axis: number): readonly Tensor[] {
      return tracing.many({ kind: 'scan', op, axis }, [x], () => launch.scan(op, x, axis));
    },

    matmul(a: Tensor, b: Tensor, batch: Shape): Tensor {
      return tracing.one({ kind: 'matmul' }, [a, b], () => launch.matmul(a, b, batch));
    },

    cat(parts: readonly Tensor[], axis: number): Tensor {
      return tracing.one({ kind: 'cat', axis }, parts, () => launch.cat(parts, axis));
    },

    split(x: Tensor, sizes: readonly number[], axis: number): readonly Tensor[] {
      return tracing.many({ kind: 'split', axis, sizes }, [x], () => launch.split(x, sizes, axis));
    },

    gather(source: Tensor, index: Tensor, axis: number): Tensor {
      return tracing.one({ kind: 'gather', axis }, [source, index], () => launch.gather(source, index, axis));
    },

    scatterInPlace(target: Tensor, index: Tensor, source: Tensor, axis: number, combine: ScatterCombine): Tensor {
      return tracing.inPlace({ kind: 'scatter', axis, combine }, [target, index, source], target, () =>
        launch.scatterInPlace(target, index, source, axis, combine),
      );
    },

    sort(x: Tensor, axis: number, descending: boolean, stable: boolean): { values: Tensor; indices: Tensor } {
      // The operation doesn't say which way, so its axis does here: counted from the end where the order is descending.
      const signed = descending ? axis - x.ndim : axis;
      return tracing.pair({ kind: 'sort', axis: signed }, x, () => launch.sort(x, axis, descending, stable));
    },

    softmax(x: Tensor, axis: number, log: boolean): Tensor {
      return tracing.one({ kind: 'softmax', axis, log }, [x], () => launch.softmax(x, axis, log));
    },

    convolve(
      kind: Parameters<typeof launch.convolve>[0],
      a: Tensor,
      b: Tensor,
      geometry: Parameters<typeof launch.convolve>[3],
      shape: Shape,
    ): Tensor {
      return tracing.one({ kind, geometry }, [a, b], () => launch.convolve(kind, a, b, geometry, shape));
    },

    maxPool(
      x: Tensor,
      window: readonly number[],
      geometry: WindowGeometry,
      shape: Shape,
    ): { values: Tensor; indices: Tensor } {
      return tracing.pair({ kind: 'maxPool', window, geometry }, x, () => launch.maxPool(x, window, geometry, shape));
    },

    place(g: Tensor, movement: Movement, from: Layout): Tensor {
      return tracing.one({ kind: 'place', movement, from }, [g], () => launch.place(g, movement, from));
    },

    factorize(name: string): never {
      throw new ExportError(`exportOnnx: ONNX has no operator for ${name}`);
    },

    /** The ops that it is computed by are traced. */
    withRule(
      _name: string,
      _inputs: readonly Tensor[],
      _rule: unknown,
      compute: () => readonly Tensor[],
    ): readonly Tensor[] {
      return compute();
    },
  };
  return transform;
}
