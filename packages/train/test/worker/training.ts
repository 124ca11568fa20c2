import { ShapeError } from '@gradus/storage';
import { serveTraining, type TrainingContext } from '../../src/index.ts';
import { createLoader, createRun } from '../setup.ts';

export interface Options {
  readonly epochs: number;
  readonly fails?: 'error' | 'exit';
}

export type Message = { readonly heard: unknown };

serveTraining(async ({ options, callback, onMessage, post }: TrainingContext<Options, Message>) => {
  if (options.fails === 'error') throw new ShapeError('bad shape', { cause: new RangeError('deep') });
  if (options.fails === 'exit') process.exit(4);
  onMessage((heard) => post({ heard }));
  const { trainer, model } = createRun(11, callback);
  await trainer.fit(createLoader(), { epochs: options.epochs, validation: createLoader() });
  return { weights: model.stateDict(), state: { ...trainer.state, measured: null } };
});
