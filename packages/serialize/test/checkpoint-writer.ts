import process from 'node:process';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { full } from '@gradus/tensor';
import { readCheckpoint, writeCheckpoint } from '../src/index.ts';

// Writes checkpoint after checkpoint to one path, going on from what is there, until it is killed. Every number of one
// checkpoint is its step, so that a mixture of two would show.

await use(cpu());
const path = process.argv[2] as string;
const first = process.argv[3] === 'resume' ? ((await readCheckpoint(path)).step as number) : 0;
for (let step = first + 1; ; step++) {
  await writeCheckpoint(path, { step, model: new Map([['w', full([300, 300], step)]]), last: full([], step) });
  if (step === first + 1) process.stdout.write('writing\n');
}
