import type { AnyModule } from '@gradus/nn';
import type { OptimizerStateDict, SchedulerState } from '@gradus/optim';
import { type CheckpointState, FormatError, readCheckpoint, type Source, writeCheckpoint } from '@gradus/serialize';
import { defaultGenerator, Tensor } from '@gradus/tensor';
import type { SampleSums } from './averages.ts';
import type { Callback } from './callback.ts';
import type { Trainer } from './trainer.ts';

/** What a run's checkpoint holds. */
interface RunState {
  readonly model: ReadonlyMap<string, Tensor>;
  readonly optimizer: OptimizerStateDict;
  readonly scheduler: SchedulerState | null;
  readonly scaler: object | null;
  readonly generators: { readonly default: Uint8Array; readonly order: Uint8Array | null };
  readonly epoch: number;
  readonly step: number;
  readonly measured: SampleSums | null;
  /** Missing in checkpoints from before callbacks had a state. */
  readonly callbacks?: readonly { readonly name: string; readonly state: CheckpointState }[];
  /** What the program that saved it wants to know again. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Writes everything a run needs to go on to the same numbers. */
export async function saveCheckpoint<Batch, Outputs>(
  path: string,
  trainer: Trainer<Batch, Outputs>,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { model, optimizer, scheduler, scaler, callbacks = [] } = trainer.options;
  const { epoch, step, measured, orderGenerator } = trainer.state;
  const state: RunState = {
    model: model.stateDict(),
    optimizer: optimizer.stateDict(),
    scheduler: scheduler?.stateDict() ?? null,
    scaler: (await scaler?.stateDict()) ?? null,
    generators: { default: defaultGenerator.getState(), order: orderGenerator },
    epoch,
    step,
    measured,
    callbacks: callbacks.flatMap(({ name }, i) => {
      const state = callbacks[i]?.stateDict?.();
      return name === undefined || state === undefined ? [] : [{ name, state }];
    }),
    extra,
  };
  await writeCheckpoint(path, state as unknown as CheckpointState);
}

/** The `extra` of a checkpoint, to build the model that it belongs to. */
export async function readCheckpointExtra(source: Source): Promise<Readonly<Record<string, unknown>>> {
  const state = await readRun(source);
  disposeTensors(state);
  return state.extra;
}

/** Restores model, optimizer, scheduler, scaler, generators, callbacks and position; `fit` then goes on from there. */
export async function loadCheckpoint<Batch, Outputs>(source: Source, trainer: Trainer<Batch, Outputs>): Promise<void> {
  const { model, optimizer, scheduler, scaler, callbacks = [] } = trainer.options;
  const state = await readRun(source);
  try {
    model.loadStateDict(new Map(state.model));
    optimizer.loadStateDict(state.optimizer);
    if (state.scheduler !== null) scheduler?.loadStateDict(state.scheduler);
    if (state.scaler !== null) scaler?.loadStateDict(state.scaler);
    loadCallbacks(callbacks, state.callbacks ?? []);
    const { epoch, step, measured, generators } = state;
    trainer.state = { epoch, step, measured, orderGenerator: generators.order };
    defaultGenerator.setState(generators.default);
  } finally {
    disposeTensors(state);
  }
}

/**
 * Gives a model the numbers that it has in a checkpoint: to use it, or to train it further in another way. Throws an ArgumentError for
 * the checkpoint of another model.
 */
export async function loadModel(source: Source, model: AnyModule): Promise<void> {
  const state = await readRun(source);
  try {
    model.loadStateDict(new Map(state.model));
  } finally {
    disposeTensors(state);
  }
}

/** Each takes the next state of its name; one that the saved run didn't have starts as it is. */
function loadCallbacks<Batch>(callbacks: readonly Callback<Batch>[], saved: NonNullable<RunState['callbacks']>): void {
  const left = [...saved];
  for (const callback of callbacks) {
    const at = left.findIndex(({ name }) => name === callback.name);
    const [own] = at < 0 ? [] : left.splice(at, 1);
    if (own !== undefined) callback.loadStateDict?.(own.state);
  }
}

async function readRun(source: Source): Promise<RunState> {
  const state: unknown = await readCheckpoint(source);
  if (isRun(state)) return state;
  disposeTensors(state);
  const error = new FormatError('a checkpoint, but not of a training run');
  throw typeof source === 'string' ? error.within(source) : error;
}

function isRun(state: unknown): state is RunState {
  const run = state as Partial<RunState>;
  return (
    run.model instanceof Map &&
    Array.isArray(run.optimizer?.param_groups) &&
    run.generators?.default instanceof Uint8Array
  );
}

/** Gives back what was read, once it is copied to where it belongs. */
function disposeTensors(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (value instanceof Tensor) value.dispose();
  else for (const part of value instanceof Map ? value.values() : Object.values(value)) disposeTensors(part);
}
