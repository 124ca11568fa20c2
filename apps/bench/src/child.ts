// A contender in a process of its own: node child.ts MODULE EXPORT WORKLOAD. For every line on standard input, a number of
// steps, it takes that many and answers a line of JSON: milliseconds per step, and the value after the last.
import { createInterface } from 'node:readline';
import type { Contender } from './contender.ts';
import type { Workload } from './workloads/index.ts';

const [module, name, workload] = process.argv.slice(2) as [string, string, string];
const contenders = (await import(module)) as Record<string, Contender>;
const step = await (contenders[name] as Contender)(JSON.parse(workload) as Workload);

for await (const line of createInterface({ input: process.stdin })) {
  const count = Number(line);
  const start = performance.now();
  let read = step();
  for (let i = 1; i < count; i++) {
    if (read instanceof Promise) await read;
    read = step();
  }
  const last = await read;
  const milliseconds = (performance.now() - start) / count;
  console.log(JSON.stringify({ milliseconds, value: await last() }));
}
