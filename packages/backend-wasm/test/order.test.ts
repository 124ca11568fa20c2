import {
  allocateView,
  type Backend,
  HostBackend,
  type HostView,
  hostKernels,
  type Kernel,
  type ScatterCombine,
  type View,
} from '@gradus/backend';
import {
  allocateArray,
  type DType,
  dtypes,
  IndexError,
  isFloat,
  Layout,
  type Shape,
  type TypedArray,
} from '@gradus/storage';
import { describe, expect, test } from 'vitest';
import { wasm } from '../src/index.ts';
import { splittingBackend } from './threads.ts';

// Gather, scatter, scan and sort beyond the sizes of the conformance kit, compared bit by bit with the loops over typed arrays.

class Loops extends HostBackend {
  /** Unlike the interpreter, it moves NaNs as they are. */
  override sort(input: HostView, values: HostView, indices: HostView, axis: number, descending: boolean): void {
    hostKernels.sort(input, values, indices, axis, descending);
  }
}

const host = new Loops('host');
const backends: readonly (readonly [string, () => Promise<Backend>])[] = [
  ['one thread', async () => wasm({ threads: 1 })],
  ['two threads', () => splittingBackend({ threads: 2 })],
];

/** Numbers without a pattern. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function arrayOf(dtype: DType, length: number, valueAt: (i: number) => number): TypedArray {
  const array = allocateArray(dtype, length);
  for (let i = 0; i < length; i++) array[i] = valueAt(i);
  return array;
}

function viewOf(backend: Backend, shape: Shape, dtype: DType, content: TypedArray): View {
  const view = allocateView(backend, shape, dtype);
  backend.upload(view.storage.handle, 0, new Uint8Array(content.buffer as ArrayBuffer));
  return view;
}

/** The bytes of the views that a launch writes. */
function resultsOf(
  backend: Backend,
  make: (backend: Backend) => { kernel: Kernel; written: readonly View[] },
): Uint8Array[] {
  const { kernel, written } = make(backend);
  backend.launch(kernel);
  return written.map(({ storage }) => backend.downloadSync?.(storage.handle, 0, storage.byteLength) as Uint8Array);
}

describe.each(backends)('on %s', (_, start) => {
  const started = start();

  async function expectSame(make: (backend: Backend) => { kernel: Kernel; written: readonly View[] }): Promise<void> {
    expect(resultsOf(await started, make)).toEqual(resultsOf(host, make));
  }

  /** All bit patterns come up: subnormal numbers, both zeros, infinities and NaNs of every payload. */
  function patterns(dtype: DType, length: number): TypedArray {
    const random = noise(7);
    if (dtype === 'bool') return arrayOf(dtype, length, () => Math.floor(2 * random()));
    const bytes = Uint8Array.from({ length: 8 * length }, () => Math.floor(256 * random()));
    const array = allocateArray(dtype, length);
    new Uint8Array(array.buffer).set(bytes.subarray(0, array.byteLength));
    // The reference makes a signaling NaN quiet when it reads one.
    if (dtype === 'float32') for (let i = 0; i < length; i++) array[i] = array[i] as number;
    const special = [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
    if (dtype === 'float32' || dtype === 'float64')
      for (let i = 0; i < length; i += 9) array[i] = special[i % 5] as number;
    return array;
  }

  test.each(dtypes)('sorts %s by digits and by insertion, stable, moving every bit', async (dtype) => {
    for (const [shape, axis] of [
      [[3, 700], 1],
      [[300, 5], 0],
      [[50, 19], 1],
      [[1, 81], 1],
    ] as const) {
      for (const descending of [false, true]) {
        await expectSame((backend) => {
          const input = viewOf(backend, shape, dtype, patterns(dtype, shape[0] * shape[1]));
          const [values, indices] = [allocateView(backend, shape, dtype), allocateView(backend, shape, 'int32')];
          const kernel: Kernel = { kind: 'sort', input, values, indices, axis, descending, stable: true };
          return { kernel, written: [values, indices] };
        });
      }
    }
  });

  test('sorts in place', async () => {
    await expectSame((backend) => {
      const values = viewOf(backend, [2, 500], 'float32', patterns('float32', 1000));
      const indices = allocateView(backend, [2, 500], 'int32');
      const kernel: Kernel = { kind: 'sort', input: values, values, indices, axis: 1, descending: false, stable: true };
      return { kernel, written: [values, indices] };
    });
  });

  const combines: readonly ScatterCombine[] = ['replace', 'sum', 'prod', 'max', 'min'];

  test.each(combines)('scatters rows by one index each, duplicates in order: %s', async (combine) => {
    for (const dtype of ['float32', 'int32', 'uint8', 'float16'] as const) {
      await expectSame((backend) => {
        const random = noise(11);
        const [rows, columns] = [300, 201];
        // The products stay in range.
        const value = (): number => (dtype === 'float16' ? 0x3c00 : isFloat(dtype) ? 0.9 + 0.2 * random() : 3);
        const index = viewOf(
          backend,
          [rows],
          'int32',
          arrayOf('int32', rows, () => Math.floor(7 * random())),
        );
        const across = { ...index, layout: new Layout([rows, columns], [1, 0]) };
        const output = viewOf(backend, [7, columns], dtype, arrayOf(dtype, 7 * columns, value));
        const source = viewOf(backend, [rows, columns], dtype, arrayOf(dtype, rows * columns, value));
        return { kernel: { kind: 'scatter', output, index: across, source, axis: 0, combine }, written: [output] };
      });
    }
  });

  test('scatters along the last axis and along one in the middle', async () => {
    for (const axis of [0, 1, 2]) {
      await expectSame((backend) => {
        const random = noise(13);
        const shape = [9, 21, 70];
        const size = 9 * 21 * 70;
        const index = viewOf(
          backend,
          shape,
          'int32',
          arrayOf('int32', size, () => Math.floor(5 * random())),
        );
        const output = viewOf(backend, shape, 'float32', arrayOf('float32', size, random));
        const source = viewOf(backend, shape, 'float32', arrayOf('float32', size, random));
        return { kernel: { kind: 'scatter', output, index, source, axis, combine: 'sum' }, written: [output] };
      });
    }
  });

  test('an index for a whole line along the indexed axis: everything goes to one place', async () => {
    for (const combine of combines) {
      await expectSame((backend) => {
        const random = noise(17);
        const index = viewOf(
          backend,
          [40],
          'int32',
          arrayOf('int32', 40, () => Math.floor(5 * random())),
        );
        const across = { ...index, layout: new Layout([40, 30], [1, 0]) };
        const output = viewOf(
          backend,
          [40, 5],
          'float32',
          arrayOf('float32', 200, () => 0.9 + 0.2 * random()),
        );
        const source = viewOf(
          backend,
          [40, 30],
          'float32',
          arrayOf('float32', 1200, () => 0.9 + 0.2 * random()),
        );
        return { kernel: { kind: 'scatter', output, index: across, source, axis: 1, combine }, written: [output] };
      });
    }
  });

  test('an index out of range is named, and what it would write is left out', async () => {
    const backend = await started;
    const random = noise(19);
    const [rows, columns] = [64, 40];
    const at = arrayOf('int32', rows, (i) => (i === 50 ? 7 : i === 60 ? -1 : Math.floor(7 * random())));
    const index = { ...viewOf(backend, [rows], 'int32', at), layout: new Layout([rows, columns], [1, 0]) };
    const zeros = arrayOf('float32', 7 * columns, () => 0);
    const table = viewOf(backend, [7, columns], 'float32', zeros);
    const ones = viewOf(
      backend,
      [rows, columns],
      'float32',
      arrayOf('float32', rows * columns, () => 1),
    );
    const output = allocateView(backend, [rows, columns], 'float32');
    const gather: Kernel = { kind: 'gather', source: table, index, output, axis: 0 };
    expect(() => backend.launch(gather)).toThrow(IndexError);
    expect(() => backend.launch(gather)).toThrow('gather: index 7 is out of bounds for axis 0 with 7 elements');
    const scatter: Kernel = { kind: 'scatter', output: table, index, source: ones, axis: 0, combine: 'sum' };
    expect(() => backend.launch(scatter)).toThrow('scatter: index 7 is out of bounds for axis 0 with 7 elements');
    const sums = backend.downloadSync?.(table.storage.handle, 0, table.storage.byteLength) as Uint8Array<ArrayBuffer>;
    expect(new Float32Array(sums.buffer).reduce((sum, value) => sum + value)).toBe((rows - 2) * columns);
    const nothing = { ...table, layout: new Layout([0, columns], [columns, 1]) };
    expect(() => backend.launch({ ...gather, source: nothing })).toThrow('for axis 0 with 0 elements');
  });

  test('folds that run along lines of every layout', async () => {
    for (const op of ['sum', 'prod', 'max', 'min'] as const) {
      for (const dtype of ['float32', 'int32'] as const) {
        for (const axis of [0, 1]) {
          await expectSame((backend) => {
            const random = noise(23);
            const [shape, size] = [[70, 203], 70 * 203];
            // Whole numbers: sums are exact; and every product is a power of two.
            const value = (): number => (op === 'prod' ? 2 ** -Math.floor(1.01 * random()) : Math.floor(9 * random()));
            const input = viewOf(backend, shape, dtype, arrayOf(dtype, size, value));
            const output = allocateView(backend, shape, dtype);
            if (op === 'sum' || op === 'prod')
              return { kernel: { kind: 'scan', op, input, output, axis }, written: [output] };
            const indices = allocateView(backend, shape, 'int32');
            return { kernel: { kind: 'scan', op, input, output, axis, indices }, written: [output, indices] };
          });
        }
      }
    }
  });
});
