import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { run, targetsOf } from './fuzz.ts';
import { testFiles } from './fuzz-seeds.ts';

await use(cpu());
const targets = await targetsOf(await testFiles());

// The quick part; `pnpm fuzz` runs as many inputs as one likes.
test.each(targets)('$name: broken files give errors of ours, soon', { timeout: 60_000 }, async (target) => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(target.inputs, async (bytes) => {
      if (!(await run(target, bytes))) refused++;
    }),
    { numRuns: 300 },
  );
  expect(refused).toBeGreaterThan(30);
});
