import { dispatch, type ScanOp, type ScatterCombine } from '@gradus/backend';
import type { Shape } from '@gradus/storage';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { allocate, broadcastView, commonBackend } from './allocate.ts';
import { writeInPlace } from './in-place.ts';
import { transform } from './transform.ts';

/** One launch and one record each; shapes, axes and dtypes were checked by the op that calls. */

/** Running fold along an axis. For max and min the second result holds indices (int32). */
export function scan(op: ScanOp, x: Tensor, axis: number): readonly Tensor[] {
  if (transform?.takes([x])) return transform.scan(op, x, axis);
  const output = allocate(x.backend, x.shape, x.dtype);
  const indices = op === 'max' || op === 'min' ? allocate(x.backend, x.shape, 'int32') : undefined;
  const outputs = indices === undefined ? [output] : [output, indices];
  if (recorder?.wants([x])) recorder.record({ kind: 'scan', op, axis }, [x], outputs);
  const kernel = { kind: 'scan', op, input: x, output, axis } as const;
  if (x.size > 0) dispatch(x.backend, indices === undefined ? kernel : { ...kernel, indices });
  return outputs;
}

/** a [..., m, k] times b [..., k, n], batch axes broadcast to `batch`; one dtype. */
export function matmul(a: Tensor, b: Tensor, batch: Shape): Tensor {
  if (transform?.takes([a, b])) return transform.matmul(a, b, batch);
  const backend = commonBackend('matmul', [a, b]);
  const [m, k, n] = [a.shape[a.ndim - 2] as number, a.shape[a.ndim - 1] as number, b.shape[b.ndim - 1] as number];
  const output = allocate(backend, [...batch, m, n], a.dtype);
  const inputs = [a, b];
  if (recorder?.wants(inputs)) recorder.record({ kind: 'matmul' }, inputs, [output]);
  if (output.size > 0) {
    const [left, right] = [broadcastView(a, [...batch, m, k]), broadcastView(b, [...batch, k, n])];
    dispatch(backend, { kind: 'matmul', a: left, b: right, output, accumulate: false });
  }
  return output;
}

/** output[i, j] = source[i, index[i, j]] along an axis; `index` is int32 and has the output's shape. */
export function gather(source: Tensor, index: Tensor, axis: number): Tensor {
  if (transform?.takes([source, index])) return transform.gather(source, index, axis);
  const backend = commonBackend('gather', [source, index]);
  const output = allocate(backend, index.shape, source.dtype);
  const inputs = [source, index];
  if (recorder?.wants(inputs)) recorder.record({ kind: 'gather', axis }, inputs, [output]);
  if (output.size > 0) dispatch(backend, { kind: 'gather', source, index, output, axis });
  return output;
}

/** Combines `source` into `target` at `index` along an axis, in place. index and source have one shape. */
export function scatterInPlace(
  target: Tensor,
  index: Tensor,
  source: Tensor,
  axis: number,
  combine: ScatterCombine,
): Tensor {
  const inputs = [target, index, source];
  if (transform?.takes(inputs)) return transform.scatterInPlace(target, index, source, axis, combine);
  const operation = { kind: 'scatter', axis, combine } as const;
  if (index.size === 0) return target;
  return writeInPlace('scatter', operation, inputs, target, ([, at, from]) => ({
    kind: 'scatter',
    output: target,
    index: at as Tensor,
    source: from as Tensor,
    axis,
    combine,
  }));
}

/** Sorted values and their places along an axis. */
export function sort(
  x: Tensor,
  axis: number,
  descending: boolean,
  stable: boolean,
): { values: Tensor; indices: Tensor } {
  if (transform?.takes([x])) return transform.sort(x, axis, descending, stable);
  const [values, indices] = [allocate(x.backend, x.shape, x.dtype), allocate(x.backend, x.shape, 'int32')];
  if (recorder?.wants([x])) recorder.record({ kind: 'sort', axis }, [x], [values, indices]);
  if (x.size > 0) dispatch(x.backend, { kind: 'sort', input: x, values, indices, axis, descending, stable });
  return { values, indices };
}

export function softmax(x: Tensor, axis: number, log: boolean): Tensor {
  if (transform?.takes([x])) return transform.softmax(x, axis, log);
  const output = allocate(x.backend, x.shape, x.dtype);
  if (recorder?.wants([x])) recorder.record({ kind: 'softmax', axis, log }, [x], [output]);
  if (x.size > 0) dispatch(x.backend, { kind: 'fused', name: 'softmax', input: x, output, axis, log });
  return output;
}
