import { availableParallelism, cpus } from 'node:os';
import { Command } from 'commander';
import { race } from './race.ts';
import { report } from './report.ts';
import { entrants } from './runner.ts';
import { workloads } from './workload.ts';

interface Options {
  readonly only?: string;
  readonly rounds: string;
  readonly milliseconds: string;
  readonly warmup: string;
}

const options = new Command('bench')
  .description('Times one training step of Gradus and of its peers, in turns.')
  .option('--only <workload>', `one workload: ${workloads.map(({ name }) => name).join(', ')}`)
  .option('--rounds <n>', 'timings per contender', '15')
  .option('--milliseconds <ms>', 'about how long one timing takes', '200')
  .option('--warmup <n>', 'steps before the first timing', '100')
  .parse()
  .opts<Options>();

const chosen = workloads.filter(({ name }) => options.only === undefined || name === options.only);
if (chosen.length === 0) throw new Error(`no workload is called ${options.only}`);
console.log(
  `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores\n`,
);
for (const workload of chosen) {
  const { rounds, milliseconds, warmup } = options;
  const numbers = { rounds: Number(rounds), milliseconds: Number(milliseconds), warmup: Number(warmup) };
  console.log(report(await race(workload, entrants, numbers)));
}
