import { encodeModule, FunctionBuilder, f32x4, i32, v128 } from '../src/assembler/index.ts';

// What one thread of this machine can do, by the plainest loops there are.

const SUMS = 12;
const LANES = 4;
const MEMORY_PAGES = 4096;

type Kernel = (count: number, ...addresses: number[]) => void;

function instantiate(write: (fn: FunctionBuilder) => void, params: number): Kernel {
  const run = new FunctionBuilder(Array.from({ length: params }, () => 'i32' as const));
  write(run);
  const bytes = encodeModule({ imports: [], functions: { run }, shared: false });
  const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES });
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, thread: 0 } }).exports.run as Kernel;
}

/** A loop of independent multiplications and additions: its operations per call, and itself. */
export function multiplyAdds(relaxedSimd: boolean): Load {
  const count = 100_000;
  const kernel = instantiate((fn) => {
    const left = fn.param(0);
    const x = fn.f32(0.999);
    const sums = Array.from({ length: SUMS }, (_, i) => fn.variable('v128', f32x4.const(i)));
    fn.while(left.get, () => {
      for (const sum of sums) {
        const product = relaxedSimd ? f32x4.relaxedMadd(sum.get, x, x) : f32x4.add(f32x4.mul(sum.get, x), x);
        fn.emit(sum.set(product));
      }
      fn.emit(left.increase(i32.const(-1)));
    });
    fn.emit(
      v128.store(
        i32.const(0),
        sums.map((sum) => sum.get).reduce((a, b) => f32x4.add(a, b)),
      ),
    );
  }, 1);
  return { amount: count * SUMS * LANES * 2, run: () => kernel(count) };
}

/** a = b + s c over three arrays of together so many bytes. */
export function triad(bytes: number): Load {
  const count = Math.max(1, Math.floor(bytes / 3 / 64));
  const array = count * 64;
  const kernel = instantiate((fn) => {
    const [left, a, b, c] = [0, 1, 2, 3].map((k) => fn.param(k)) as [Param, Param, Param, Param];
    fn.while(left.get, () => {
      for (let at = 0; at < 64; at += 16) {
        fn.emit(v128.store(a.get, f32x4.add(v128.load(b.get, at), f32x4.mul(v128.load(c.get, at), fn.f32(3))), at));
      }
      fn.emit(...[a, b, c].map((address) => address.increase(i32.const(64))), left.increase(i32.const(-1)));
    });
  }, 4);
  return { amount: 3 * array, run: () => kernel(count, 0, array, 2 * array) };
}

type Param = ReturnType<FunctionBuilder['param']>;

/** Something to time: floating-point operations or bytes per run. */
export interface Load {
  readonly amount: number;
  readonly run: () => void;
}

/** Until engines have compiled the code for good. */
const WARM_UP = 200;

/** The best of amount per nanosecond (GFLOP/s or GB/s), all measured in turns: what else the machine does only slows them. */
export function rates(loads: readonly Load[], rounds = 15): readonly number[] {
  const samples = loads.map(() => [] as number[]);
  for (const load of loads) for (const start = performance.now(); performance.now() - start < WARM_UP; ) load.run();
  for (let round = 0; round < rounds; round++) {
    loads.forEach((load, k) => {
      samples[k]?.push(rateOf(load));
    });
  }
  return samples.map((list) => Math.max(...list));
}

/** Short runs are repeated for a millisecond. */
function rateOf({ amount, run }: Load): number {
  let repeats = 0;
  const start = performance.now();
  let took = 0;
  while (took < 1) {
    run();
    repeats++;
    took = performance.now() - start;
  }
  return (amount * repeats) / (took * 1e6);
}
