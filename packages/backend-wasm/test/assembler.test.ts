import { expect, test } from 'vitest';
import { signed, unsigned } from '../src/assembler/code.ts';
import { encodeModule, FunctionBuilder, f32x4, i32, v128, when } from '../src/assembler/index.ts';

function run(write: (fn: FunctionBuilder) => void, ...values: number[]): DataView {
  const fn = new FunctionBuilder(values.map(() => 'i32'));
  write(fn);
  const module = new WebAssembly.Module(encodeModule({ imports: [], functions: { run: fn }, shared: false }));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory, thread: 0 } });
  (exports.run as (...args: number[]) => void)(...values);
  return new DataView(memory.buffer);
}

test('numbers are written in LEB128', () => {
  expect([0, 127, 128, 624485, 2 ** 32 - 1].map(unsigned)).toEqual([
    [0],
    [127],
    [128, 1],
    [0xe5, 0x8e, 0x26],
    [255, 255, 255, 255, 15],
  ]);
  expect([0, 63, 64, -1, -64, -65, -123456, -(2 ** 31)].map(signed)).toEqual([
    [0],
    [63],
    [192, 0],
    [127],
    [64],
    [191, 127],
    [0xc0, 0xbb, 0x78],
    [128, 128, 128, 128, 120],
  ]);
});

test('a loop with a variable', () => {
  const memory = run((fn) => {
    const sum = fn.variable('i32', i32.const(0));
    const left = fn.param(0);
    fn.while(left.get, () => {
      fn.emit(sum.increase(left.get), left.increase(i32.const(-1)));
    });
    fn.emit(i32.store(i32.const(8), sum.get));
  }, 100);
  expect(memory.getInt32(8, true)).toBe(5050);
});

test('constants are set before anything else, and once each', () => {
  const memory = run((fn) => {
    const left = fn.param(0);
    const at = fn.variable('i32', i32.const(0));
    fn.while(left.get, () => {
      fn.emit(v128.store(at.get, f32x4.mul(fn.f32(1.5), fn.f32(1.5))));
      fn.emit(when(i32.eq(left.get, i32.const(1)), v128.store(at.get, fn.f32(-0))));
      fn.emit(at.increase(i32.const(16)), left.increase(i32.const(-1)));
    });
  }, 2);
  expect([0, 12, 16, 28].map((at) => memory.getFloat32(at, true))).toEqual([2.25, 2.25, -0, -0]);
});
