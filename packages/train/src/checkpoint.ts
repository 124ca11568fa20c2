import type { OptimizerStateDict, SchedulerState } from '@gradus/optim';
import { FormatError, loadSafetensors, saveSafetensors } from '@gradus/serialize';
import { defaultGenerator, Tensor, tensor } from '@gradus/tensor';
import type { SampleSums } from './averages.ts';
import type { Trainer } from './trainer.ts';

// A checkpoint is one safetensors file: tensors named `model.*`, `optimizer.NUMBER.*` and `generator.*`; everything else as
// JSON in its metadata.

/** What a checkpoint holds besides tensors. */
interface Facts {
  readonly epoch: number;
  readonly step: number;
  readonly measured: SampleSums | null;
  /** Optimizer state that is no tensor. */
  readonly numbers: Readonly<Record<number, Readonly<Record<string, number>>>>;
  readonly paramGroups: OptimizerStateDict['param_groups'];
  readonly scheduler: SchedulerState | null;
  /** What the program that saved it wants to know again. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Writes everything a run needs to go on to the same numbers. */
export async function saveCheckpoint<Batch>(
  path: string,
  trainer: Trainer<Batch>,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { model, optimizer, scheduler } = trainer.options;
  const { state, param_groups: paramGroups } = optimizer.stateDict();
  const tensors = new Map<string, Tensor>();
  for (const [name, value] of model.stateDict()) tensors.set(`model.${name}`, value);
  const numbers: Record<string, Record<string, number>> = {};
  for (const [index, entries] of Object.entries(state)) {
    numbers[index] = {};
    for (const [name, value] of Object.entries(entries)) {
      if (value instanceof Tensor) tensors.set(`optimizer.${index}.${name}`, value);
      else if (typeof value === 'number') numbers[index][name] = value;
    }
  }
  const { epoch, step, measured, orderGenerator } = trainer.state;
  const generators = new Map([['generator.default', tensor(defaultGenerator.getState())]]);
  if (orderGenerator !== null) generators.set('generator.order', tensor(orderGenerator));
  const schedule = scheduler?.stateDict() ?? null;
  const facts: Facts = { epoch, step, measured, numbers, paramGroups, scheduler: schedule, extra };
  try {
    await saveSafetensors(path, new Map([...tensors, ...generators]), { metadata: { gradus: JSON.stringify(facts) } });
  } finally {
    for (const generator of generators.values()) generator.dispose();
  }
}

/** The `extra` of a checkpoint, to build the model that it belongs to. */
export async function readCheckpointExtra(path: string): Promise<Readonly<Record<string, unknown>>> {
  const { facts, tensors } = await readCheckpoint(path);
  for (const tensor of tensors.values()) tensor.dispose();
  return facts.extra;
}

/** Restores model, optimizer, scheduler, generators and position; `fit` then goes on from there. */
export async function loadCheckpoint<Batch>(path: string, trainer: Trainer<Batch>): Promise<void> {
  const { model, optimizer, scheduler } = trainer.options;
  const { facts, tensors } = await readCheckpoint(path);
  model.loadStateDict(withPrefix(tensors, 'model.'));
  const state: Record<number, Record<string, Tensor | number>> = {};
  for (const [index, numbers] of Object.entries(facts.numbers)) {
    state[Number(index)] = { ...numbers, ...Object.fromEntries(withPrefix(tensors, `optimizer.${index}.`)) };
  }
  optimizer.loadStateDict({ state, param_groups: facts.paramGroups });
  if (facts.scheduler !== null) scheduler?.loadStateDict(facts.scheduler);
  const { epoch, step, measured } = facts;
  trainer.state = { epoch, step, measured, orderGenerator: await bytesOf(tensors.get('generator.order')) };
  const generator = await bytesOf(tensors.get('generator.default'));
  if (generator !== null) defaultGenerator.setState(generator);
  for (const tensor of tensors.values()) tensor.dispose();
}

async function readCheckpoint(path: string): Promise<{ facts: Facts; tensors: ReadonlyMap<string, Tensor> }> {
  const { tensors, metadata } = await loadSafetensors(path);
  const facts = parseFacts(metadata.gradus);
  if (facts === null) throw new FormatError(`${path}: a safetensors file, but no checkpoint of a training run`);
  return { facts, tensors };
}

function parseFacts(text = 'null'): Facts | null {
  try {
    const facts = JSON.parse(text) as Facts | null;
    return Array.isArray(facts?.paramGroups) ? facts : null;
  } catch {
    return null;
  }
}

async function bytesOf(tensor: Tensor | undefined): Promise<Uint8Array | null> {
  return tensor === undefined ? null : ((await tensor.data()) as Uint8Array);
}

function withPrefix(tensors: ReadonlyMap<string, Tensor>, prefix: string): Map<string, Tensor> {
  const named = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(named.map(([name, value]) => [name.slice(prefix.length), value]));
}
