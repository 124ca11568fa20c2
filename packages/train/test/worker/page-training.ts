import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { ShapeError } from '@gradus/storage';
import { serveTraining, type TrainingContext } from '../../src/index.ts';
import { trainHeavily } from './heavy-training.ts';

export interface Options {
  readonly epochs: number;
  readonly samples: number;
  readonly fails?: boolean;
}

// A module that waits before it listens, as those do that choose a backend first.
await use(cpu());
await new Promise((resolve) => setTimeout(resolve, 50));

serveTraining(async ({ options, callback }: TrainingContext<Options, never>) => {
  if (options.fails === true) throw new ShapeError('bad shape');
  return (await trainHeavily(options.epochs, options.samples, callback)).stateDict();
});
