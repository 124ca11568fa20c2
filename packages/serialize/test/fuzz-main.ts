import process from 'node:process';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import fc from 'fast-check';
import { run, targetsOf } from './fuzz.ts';
import { testFiles } from './fuzz-seeds.ts';

// pnpm fuzz [inputs] [seed]: broken files for every reader. Ends with 1 at the first that crashes, hangs or takes too much
// memory, and prints it.

const inputs = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);

await use(cpu());
const targets = await targetsOf(await testFiles());
const each = Math.ceil(inputs / targets.length);
let total = 0;
for (const target of targets) {
  let accepted = 0;
  const start = performance.now();
  await fc.assert(
    fc.asyncProperty(target.inputs, async (bytes) => {
      total++;
      if (await run(target, bytes)) accepted++;
    }),
    { numRuns: each, seed, endOnFailure: true },
  );
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`${target.name}: ${each} inputs, ${accepted} of them readable, ${seconds} s`);
}
const { maxRSS } = process.resourceUsage();
console.log(`${total} inputs (seed ${seed}), no crash, no hang, at most ${Math.round(maxRSS / 1024)} MB of memory`);
