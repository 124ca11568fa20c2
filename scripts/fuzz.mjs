// Many random expressions against the interpreter:
//   node scripts/run.mjs node --conditions=@gradus/source scripts/fuzz.mjs 20000 --threads 2 --plain --seed 1
// --backend cpu | closures | wasm (the default) | webgpu; --plain: without relaxed SIMD. Every batch is a seed and a backend of its own.
import { parseArgs } from 'node:util';
import { fuzzExpressions } from '../packages/backend-conformance/src/fuzz.ts';
import { cpu } from '../packages/backend-cpu/src/index.ts';
import { WasmBackend } from '../packages/backend-wasm/src/index.ts';
import { webgpu } from '../packages/backend-webgpu/src/index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: 'string', default: 'wasm' },
    threads: { type: 'string', default: '1' },
    plain: { type: 'boolean', default: false },
    seed: { type: 'string', default: '0' },
  },
});

const BATCH = 500;
const runs = Number(positionals[0] ?? 20_000);
const threads = Number(values.threads);

const backends = {
  cpu: () => cpu(),
  closures: () => cpu({ codegen: false }),
  webgpu: () => webgpu(),
  // Whatever has more than one item is split among the threads.
  wasm: () => new WasmBackend({ threads, relaxedSimd: !values.plain, ...(threads > 1 ? { splitAbove: 0 } : {}) }),
};

let failures = 0;
for (let done = 0, seed = Number(values.seed); done < runs; done += BATCH, seed++) {
  const backend = backends[values.backend]();
  try {
    await backend.initialize?.();
    await fuzzExpressions(backend, {
      runs: Math.min(BATCH, runs - done),
      seed,
      flushesSubnormals: values.backend === 'webgpu',
    });
  } catch (error) {
    failures++;
    console.error(`seed ${seed}: ${error.cause?.message ?? error.message}\n`);
  }
  await backend.dispose();
}
console.log(`${runs} expressions on ${values.backend}, ${failures} failing seeds`);
process.exitCode = failures > 0 ? 1 : 0;
