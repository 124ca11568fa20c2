import { BackendError, Layout, permute } from '@gradus/storage';
import { expect, test } from 'vitest';
import {
  allocateView,
  expressions as build,
  type Capabilities,
  dispatch,
  HostBackend,
  hostView,
  input,
  type Kernel,
  type KernelKind,
  mapProgram,
  type View,
  withLayout,
} from '../src/index.ts';

/** A backend that takes less, and says so when it is given more. */
class Restricted extends HostBackend {
  override readonly capabilities: Capabilities;
  readonly launched: Kernel[] = [];

  constructor(limits: Partial<Capabilities>) {
    super('restricted');
    this.capabilities = { ...new HostBackend('full').capabilities, ...limits };
  }

  override launch(kernel: Kernel): void {
    this.launched.push(kernel);
    super.launch(kernel);
  }
}

const kinds: readonly KernelKind[] = ['reduce', 'scan', 'matmul', 'gather', 'scatter', 'sort'];

function viewOf(
  backend: HostBackend,
  shape: readonly number[],
  values: readonly number[],
  dtype: 'float32' | 'int32' = 'float32',
): View {
  const view = allocateView(backend, shape, dtype);
  hostView(view).data.set(values);
  return view;
}

function valuesOf(view: View): number[] {
  return Array.from(hostView(view).data.subarray(0, view.storage.byteLength / 4));
}

function transposed(view: View): View {
  return withLayout(view, permute(view.layout, [1, 0]));
}

const [x, y] = [input(0, 'float32'), input(1, 'float32')];

test('strided views reach a backend that wants contiguous ones as copies, and come back', () => {
  const backend = new Restricted({ contiguousOnly: new Set(kinds) });
  const live = backend.memory().liveBuffers;
  const a = viewOf(backend, [2, 3], [1, 2, 3, 4, 5, 6]);
  const output = viewOf(backend, [2, 2], [10, 20, 30, 40]);
  dispatch(backend, {
    kind: 'matmul',
    a: transposed(transposed(a)),
    b: transposed(a),
    output: transposed(output),
    accumulate: true,
  });
  // a a^T = [[14, 32], [32, 77]], added to the transpose of what was there, and stored transposed.
  expect(valuesOf(output)).toEqual([24, 52, 62, 117]);
  const index = viewOf(backend, [2, 2], [1, 0, 0, 1], 'int32');
  const table = viewOf(backend, [2, 2], [0, 0, 0, 0]);
  dispatch(backend, {
    kind: 'scatter',
    output: transposed(table),
    index,
    source: transposed(output),
    axis: 0,
    combine: 'sum',
  });
  expect(valuesOf(table)).toEqual([52, 24, 62, 117]);
  for (const kernel of backend.launched.filter(({ kind }) => kind !== 'map')) {
    for (const field of Object.values(kernel)) {
      if (typeof field === 'object' && 'layout' in field) expect(field.layout.isContiguous).toBe(true);
    }
  }
  for (const view of [a, output, index, table]) view.storage.release();
  expect(backend.memory().liveBuffers).toBe(live);
});

test('a map with more operands than fit is split, also where outputs overwrite inputs', () => {
  const backend = new Restricted({ maxOperands: 3 });
  const [a, b] = [viewOf(backend, [3], [1, 2, 3]), viewOf(backend, [3], [10, 20, 30])];
  const program = mapProgram(['float32', 'float32'], [], [build.add(x, y), build.sub(x, y)]);
  dispatch(backend, { kind: 'map', program, inputs: [a, b], outputs: [a, b], uniforms: [] });
  expect([valuesOf(a), valuesOf(b)]).toEqual([
    [11, 22, 33],
    [-9, -18, -27],
  ]);
  for (const kernel of backend.launched) {
    if (kernel.kind === 'map') expect(kernel.inputs.length + kernel.outputs.length).toBeLessThanOrEqual(3);
  }
});

test('a map whose one output reads too much is an error that says how much', () => {
  const backend = new Restricted({ maxOperands: 2 });
  const [a, b] = [viewOf(backend, [1], [1]), viewOf(backend, [1], [1])];
  const program = mapProgram(['float32', 'float32'], [], [build.add(x, y)]);
  const launch = () => dispatch(backend, { kind: 'map', program, inputs: [a, b], outputs: [a], uniforms: [] });
  expect(launch).toThrow(BackendError);
  expect(launch).toThrow(/3 operands are more than backend 'restricted' binds at once/);
});

test('a fused kernel goes to a backend that supports it, and else to its decomposition', () => {
  const run = (supported: boolean): Kernel['kind'][] => {
    const backend = new Restricted({});
    if (supported) backend.supports = () => true;
    const view = viewOf(backend, [2], [1, 2]);
    dispatch(backend, { kind: 'fused', name: 'softmax', input: view, output: view, axis: 0, log: false });
    expect(valuesOf(view)[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    return backend.launched.map(({ kind }) => kind);
  };
  expect(run(false)).toEqual(['reduce', 'reduce', 'map']);
  expect(run(true)[0]).toBe('fused');
});

test('scratch memory goes back when a launch throws', () => {
  const backend = new Restricted({ contiguousOnly: new Set(kinds) });
  const source = viewOf(backend, [2, 2], [1, 2, 3, 4]);
  const index = viewOf(backend, [2, 2], [0, 0, 0, 9], 'int32');
  const output = viewOf(backend, [2, 2], [0, 0, 0, 0]);
  const live = backend.memory().liveBuffers;
  expect(() => dispatch(backend, { kind: 'gather', source: transposed(source), index, output, axis: 0 })).toThrow(
    /index 9/,
  );
  expect(backend.memory().liveBuffers).toBe(live);
  expect(withLayout(source, new Layout([4], [1])).layout.isContiguous).toBe(true);
});
