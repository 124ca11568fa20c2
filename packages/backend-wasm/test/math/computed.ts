import { allocateView, type Backend, input, mapProgram, opNode, type ScalarOpName } from '@gradus/backend';
import type { DType } from '@gradus/storage';

export type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** What the backend computes for an operation, element by element. */
export function computed(backend: Backend, op: ScalarOpName, dtype: DType, operands: readonly Floats[]): Floats {
  const root = opNode(
    op,
    operands.map((_, k) => input(k, dtype)),
  );
  const [first] = operands as [Floats];
  const views = [...operands, first].map((values) => {
    const view = allocateView(backend, [values.length], dtype);
    backend.upload(view.storage.handle, 0, new Uint8Array(values.buffer));
    return view;
  });
  const output = views.pop() as (typeof views)[number];
  const program = mapProgram(
    operands.map(() => dtype),
    [],
    [root],
  );
  backend.launch({ kind: 'map', program, inputs: views, outputs: [output], uniforms: [] });
  const bytes = backend.downloadSync?.(output.storage.handle, 0, first.byteLength) as Uint8Array<ArrayBuffer>;
  for (const view of [...views, output]) view.storage.release();
  return dtype === 'float32' ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
}
