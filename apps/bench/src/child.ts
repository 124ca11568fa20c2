// A contender in a process of its own: node child.ts MODULE EXPORT WORKLOAD. For every line on standard input, a number of
// steps, it takes that many and answers a line of JSON: milliseconds per step, the value after the last, and what went to a GPU.
import { createInterface } from 'node:readline';
import type { Contender, Step } from './contender.ts';
import type { Workload } from './workloads/index.ts';

const [module, name, workload] = process.argv.slice(2) as [string, string, string];
const contenders = (await import(module)) as Record<string, Contender> & { dispatches(): number };
const step = await (contenders[name] as Contender)(JSON.parse(workload) as Workload);

let host = 0;

/** A step, and how long the host is busy with it. */
function timed(): ReturnType<Step> {
  const start = performance.now();
  const read = step();
  host += performance.now() - start;
  return read;
}

for await (const line of createInterface({ input: process.stdin })) {
  const count = Number(line);
  const before = contenders.dispatches();
  host = 0;
  const start = performance.now();
  let read = timed();
  for (let i = 1; i < count; i++) {
    if (read instanceof Promise) await read;
    read = timed();
  }
  const last = await read;
  const dispatches = contenders.dispatches() - before;
  // GPUs are done when a value can be read.
  const early = dispatches > 0 ? await last() : null;
  const milliseconds = (performance.now() - start) / count;
  const launches = dispatches > 0 ? { dispatches: dispatches / count, host: host / count } : undefined;
  console.log(JSON.stringify({ milliseconds, value: early ?? (await last()), launches }));
}
