import { availableParallelism, cpus } from 'node:os';
import { Command } from 'commander';
import { cardTable } from './card/table.ts';
import { race } from './race.ts';
import { report } from './report.ts';
import { entrants } from './runner.ts';
import { workloads } from './workloads/index.ts';

interface Options {
  readonly only?: string;
  readonly among?: string;
  readonly without?: string;
  readonly small?: boolean;
  readonly rounds: string;
  readonly milliseconds: string;
  readonly warmup: string;
  readonly patience: string;
}

const options = new Command('bench')
  .description('Times training steps and products of Gradus and of its peers, in turns.')
  .option(
    '--only <workload>',
    `one workload: ${workloads.map(({ name }) => name).join(', ')}; or gpu: products, attention and a model on a graphics card`,
  )
  .option('--among <text>', 'only contenders whose name contains this')
  .option('--without <text>', 'no contender whose name contains this')
  .option('--small', 'of gpu: sizes for a processor that plays a card')
  .option('--rounds <n>', 'timings per contender', '15')
  .option('--milliseconds <ms>', 'about how long one timing takes', '200')
  .option('--warmup <ms>', 'about how long each contender runs before its first timing', '1000')
  .option('--patience <ms>', 'who needs longer for a step does not take part', '5000')
  .parse()
  .opts<Options>();

if (options.only === 'gpu') {
  console.log(await cardTable({ small: options.small ?? false, seconds: Number(options.milliseconds) / 1000 }));
  process.exit();
}
const chosen = workloads.filter(({ name }) => options.only === undefined || name === options.only);
if (chosen.length === 0) throw new Error(`no workload is called ${options.only}`);
const { among = '', without } = options;
const contenders = entrants.filter(
  ({ name }) => name.includes(among) && (without === undefined || !name.includes(without)),
);
if (contenders.length === 0) throw new Error('no contender is left: see --among and --without');
console.log(
  `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores\n`,
);
const numbers = {
  rounds: Number(options.rounds),
  milliseconds: Number(options.milliseconds),
  warmup: Number(options.warmup),
  patience: Number(options.patience),
};
for (const workload of chosen) {
  console.log(report(await race(workload, contenders, numbers)));
}
