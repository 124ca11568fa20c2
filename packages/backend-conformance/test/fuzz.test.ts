import {
  expressions as build,
  type Environment,
  type Expression,
  evaluate,
  HostBackend,
  type HostView,
  input,
  type MapProgram,
  type ReduceProgram,
  topologicalOrder,
} from '@gradus/backend';
import { expect, test } from 'vitest';
import { isPossible } from '../src/fuzz/verdict.ts';
import { fuzzExpressions } from '../src/index.ts';

/** What the fuzzer says about a backend. */
function complaint(backend: HostBackend): Promise<string> {
  return fuzzExpressions(backend, { runs: 3000, seed: 1 }).then(
    () => '',
    (error: Error) => String((error.cause as Error | undefined)?.message ?? error.message),
  );
}

function has(program: MapProgram, op: string): boolean {
  return topologicalOrder(program.outputs).some((node) => node.kind === 'op' && node.op === op);
}

test('a wrong operation is found, and shown in a small program', async () => {
  class Rounding extends HostBackend {
    override map(program: MapProgram, inputs: HostView[], outputs: HostView[], uniforms: readonly number[]): void {
      super.map(program, inputs, outputs, uniforms);
      if (!has(program, 'asinh')) return;
      for (const { data, layout, dtype } of outputs) {
        if (dtype === 'float32' && layout.size > 0) data[layout.offset] = (data[layout.offset] as number) * (1 + 1e-5);
      }
    }
  }
  const text = await complaint(new Rounding('wrong'));
  expect(text).toMatch(/output \d, element \d+: .* instead of .* \(float32\)\nmap to .*asinh/);
  expect(text.length).toBeLessThan(400);
});

test('a wrong fold is found', async () => {
  class Forgetful extends HostBackend {
    override reduce(...[program, inputs, ...rest]: Parameters<HostBackend['reduce']>): void {
      const wrong: ReduceProgram = program.fold === 'min' ? { ...program, fold: 'max' } : program;
      super.reduce(wrong, inputs, ...rest);
    }
  }
  expect(await complaint(new Forgetful('wrong'))).toMatch(/min over/);
});

test('what rounding explains is no error, and nothing else', () => {
  const x = input(0, 'float32');
  const cancelled = build.sub(build.add(x, 1e8), 1e8);
  const at = (value: number): Environment => ({ input: () => value, uniform: () => 0, coordinate: () => 0 });
  const possible = (root: Expression, operand: number, result: number): boolean => {
    const expected = evaluate(root, at(operand));
    return isPossible(
      result,
      expected,
      root.dtype,
      false,
      (sampler) => sampler.evaluate([root], at(operand))[0] as number,
    );
  };
  expect([1, 0, 8].map((result) => possible(cancelled, 1, result))).toEqual([true, true, true]);
  expect([1000, -1000, Number.NaN].map((result) => possible(cancelled, 1, result))).toEqual([false, false, false]);
  // 0.1 is another number in float32 than in float64: so may be what it is compared with.
  const isTenth = build.eq(build.mul(x, 0.1), 0.3);
  expect([0, 1].map((result) => possible(isTenth, 3, result))).toEqual([true, true]);
  expect([0, 1].map((result) => possible(isTenth, 4, result))).toEqual([true, false]);
  // A float that no int8 can hold.
  const wrapped = build.cast(build.mul(x, 100), 'int8');
  expect([0, 44, 127].map((result) => possible(wrapped, 3, result))).toEqual([true, true, true]);
  expect([100, 101].map((result) => possible(wrapped, 1, result))).toEqual([true, false]);
});
