import {
  allocateView,
  expressions as build,
  coordinate,
  type HostView,
  hostView,
  input,
  mapProgram,
  plainReduceProgram,
  uniform,
  type View,
} from '@gradus/backend';
import type { DType, Shape } from '@gradus/storage';
import { describe, expect, test } from 'vitest';
import { elementSource } from '../src/codegen/element-source.ts';
import { compileMap } from '../src/codegen/map-source.ts';
import { CpuBackend, cpu } from '../src/index.ts';

const backend = cpu();
const x = input(0, 'float32');

function viewOf(shape: Shape, values: ArrayLike<number>, dtype: DType = 'float32'): View {
  const view = allocateView(backend, shape, dtype);
  hostView(view).data.set(Array.from(values));
  return view;
}

function valuesOf(view: View): number[] {
  return Array.from(hostView(view).data.subarray(0, view.layout.size));
}

describe('code for one element', () => {
  const leaves = { input: (index: number) => `x${index}`, inputLevel: () => 2 as const };

  test('a value used once stands where it is used, inside the branch that needs it', () => {
    const elu = build.select(build.gt(x, 0), x, build.expm1(x));
    expect(elementSource([elu], leaves).values).toEqual(['((x0 > 0) ? x0 : (Math.expm1(x0)))']);
  });

  test('a shared value is computed once', () => {
    const e = build.exp(x);
    const { statements, values } = elementSource([build.mul(e, e)], leaves);
    expect(statements[2]).toEqual([expect.stringMatching(/^const v\d+ = \(Math\.exp\(x0\)\);$/)]);
    expect(values[0]).toMatch(/^\((v\d+) \* \1\)$/);
  });

  test('what depends on the launch alone is computed before the loops', () => {
    const u = uniform(0, 'float32');
    const { statements } = elementSource([build.mul(x, build.sqrt(build.add(u, 1)))], leaves);
    expect(statements[0]).toHaveLength(1);
    expect(statements[2]).toHaveLength(0);
  });

  test('deep expressions go through locals, so that no parser overflows', () => {
    let chain = x;
    for (let i = 0; i < 20_000; i++) chain = build.add(chain, 1);
    const [source, output] = [viewOf([1], [1]), viewOf([1], [0])];
    const program = mapProgram(['float32'], [], [chain]);
    backend.launch({ kind: 'map', program, inputs: [source], outputs: [output], uniforms: [] });
    expect(valuesOf(output)).toEqual([20_001]);
  });

  test('compiles to a function of shapes, strides and numbers, not to one per shape', () => {
    const loop = compileMap(mapProgram(['float32'], ['float32'], [build.mul(x, uniform(0, 'float32'))]), [2, 2]);
    const [from, to] = [Float32Array.of(1, 2, 3, 4), new Float32Array(4)];
    loop([from, to], [0, 0], [0, 0], [1, 1], [10], 1, 4);
    loop([from, to], [1, 0], [0, 0], [1, 1], [100], 1, 2);
    expect([...to]).toEqual([200, 300, 30, 40]);
  });
});

test('coordinates count along their own axis, also after a larger and a smaller shape', () => {
  const program = mapProgram([], [], [build.add(build.mul(coordinate(0), 10), coordinate(1))]);
  for (const [rows, columns] of [
    [2, 3],
    [5, 7],
    [1, 2],
  ] as const) {
    const output = viewOf([rows, columns], [], 'int32');
    backend.launch({ kind: 'map', program, inputs: [], outputs: [output], uniforms: [] });
    expect(valuesOf(output)).toEqual(
      Array.from({ length: rows * columns }, (_, i) => Math.floor(i / columns) * 10 + (i % columns)),
    );
  }
});

test('float64 sums are blocked: the error of a million terms stays near one rounding', () => {
  const n = 1_000_000;
  const source = viewOf([n], new Float64Array(n).fill(0.1), 'float64');
  const output = viewOf([1], [0], 'float64');
  backend.launch({
    kind: 'reduce',
    program: plainReduceProgram('sum', 'float64'),
    inputs: [source],
    output,
    axes: [0],
    uniforms: [],
  });
  // One by one in double precision, the sum is 100000.00000133288.
  expect(Math.abs((valuesOf(output)[0] as number) - 100_000)).toBeLessThan(1e-8);
});

test('a subclass replaces one kernel, everything else is inherited', () => {
  class Counting extends CpuBackend {
    products = 0;
    override matmul(a: HostView, b: HostView, output: HostView, accumulate: boolean): void {
      this.products++;
      super.matmul(a, b, output, accumulate);
    }
  }
  const counting = new Counting({ name: 'counting' });
  const [a, b, output] = [0, 1, 2].map(() => allocateView(counting, [2, 2], 'float32')) as [View, View, View];
  hostView(a).data.set([1, 2, 3, 4]);
  hostView(b).data.set([0, 1, 1, 0]);
  counting.launch({ kind: 'matmul', a, b, output, accumulate: false });
  expect([counting.name, counting.products, ...valuesOf(output)]).toEqual(['counting', 1, 2, 1, 4, 3]);
});

test('released memory is used again', () => {
  const own = cpu({ name: 'pooled' });
  const first = allocateView(own, [100], 'float32');
  const { buffer } = hostView(first).data;
  first.storage.release();
  expect(own.memory()).toMatchObject({ liveBuffers: 0, liveBytes: 0, peakBytes: 400 });
  expect(hostView(allocateView(own, [200], 'float32')).data.buffer === buffer).toBe(false);
  expect(hostView(allocateView(own, [100], 'float32')).data.buffer === buffer).toBe(true);
});
