import { availableParallelism } from 'node:os';
import { wasm } from '@gradus/backend-wasm';
import { cpu, use } from '@gradus/gradus';
import { runProgram } from 'command-line';
import { openblas } from './blas-backend.ts';
import { race } from './race.ts';
import { trainSpirals } from './spirals.ts';

await runProgram(async () => {
  const blas = openblas();
  await use(blas);
  console.log(`${blas.library.description}\n`);
  const { losses, accuracy } = await trainSpirals();
  console.log(
    `two spirals: loss ${losses[0]?.toFixed(3)} -> ${losses.at(-1)?.toFixed(3)}, ${accuracy * 100} % right\n`,
  );

  const threads = availableParallelism();
  const reference = `backend-wasm, ${threads} threads`;
  const contenders = [
    { name: 'backend-cpu', backend: cpu() },
    { name: 'backend-wasm, 1 thread', backend: wasm({ threads: 1 }) },
    { name: reference, backend: wasm({ threads }) },
    { name: 'openblas, 1 thread', backend: blas, prepare: () => blas.library.setThreads(1) },
    { name: `openblas, ${threads} threads`, backend: blas, prepare: () => blas.library.setThreads(threads) },
  ];
  for (const size of [256, 512, 1024]) {
    const times = race(contenders, size);
    const goal = times.find(({ name }) => name === reference)?.milliseconds as number;
    console.log(`${size} x ${size} x ${size}, compared with ${reference}`);
    for (const { name, milliseconds } of times) {
      const speed = (2 * size ** 3) / milliseconds / 1e6;
      const columns = [`${milliseconds.toFixed(2)} ms`, `${speed.toFixed(1)} GFLOP/s`];
      const ratio = `${(goal / milliseconds).toFixed(2)} x`;
      console.log(`  ${name.padEnd(24)}${columns.map((text) => text.padStart(16)).join('')}${ratio.padStart(10)}`);
    }
  }
  return 0;
});
