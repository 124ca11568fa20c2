import { noGrad } from '@gradus/autograd';
import { scope, stack, Tensor } from '@gradus/tensor';
import type { Averages, SampleSums } from '../averages.ts';
import type { Measurements, Progress } from '../callback.ts';
import type { MeasuredStep } from './measured-step.ts';

/** Steps between two reads on a device that has to wait for them. */
const STEPS_PER_READ = 8;

/** Called for every step that was read, in order. */
export type Deliver = (progress: Progress, step: Measurements) => void | Promise<void>;

/**
 * Brings what steps measured to the host. Where the backend reads at once, so does this. Elsewhere it reads several steps
 * together, and while a read is on its way the next steps are launched: the device never waits for the host.
 */
export class StepReader {
  readonly #averages: Averages;
  readonly #deliver: Deliver;
  readonly #stepsPerRead: number | undefined;
  #waiting: MeasuredStep[] = [];
  #reading: Promise<ReadSteps> | null = null;

  constructor(averages: Averages, deliver: Deliver, stepsPerRead?: number) {
    this.#averages = averages;
    this.#deliver = deliver;
    this.#stepsPerRead = stepsPerRead;
  }

  /** Takes over the tensors of a step. */
  async add(step: MeasuredStep): Promise<void> {
    this.#waiting.push(step);
    const { syncRead } = (step.losses[0] as MeasuredStep['losses'][number]).loss.backend.capabilities;
    if (this.#waiting.length < (this.#stepsPerRead ?? (syncRead ? 1 : STEPS_PER_READ))) return;
    await this.#finishRead();
    this.#beginRead();
    if (syncRead) await this.#finishRead();
  }

  /** Reads and delivers all that is left. */
  async flush(): Promise<void> {
    await this.#finishRead();
    this.#beginRead();
    await this.#finishRead();
  }

  #beginRead(): void {
    if (this.#waiting.length === 0) return;
    this.#reading = read(this.#waiting);
    // It is awaited a few steps later; until then an error is nobody's.
    this.#reading.catch(() => {});
    this.#waiting = [];
  }

  async #finishRead(): Promise<void> {
    const reading = this.#reading;
    if (reading === null) return;
    this.#reading = null;
    const { sums, steps } = await reading;
    this.#averages.add(sums);
    for (const { progress, measured } of steps) await this.#deliver(progress, measured);
  }
}

/** What was read of some steps. */
interface ReadSteps {
  readonly sums: SampleSums;
  readonly steps: readonly { readonly progress: Progress; readonly measured: Measurements }[];
}

/** Reads steps, each quantity of all steps at once, and disposes their tensors. */
async function read(steps: readonly MeasuredStep[]): Promise<ReadSteps> {
  const [losses, extra, sums] = await Promise.all([
    readTogether(steps.flatMap((step) => step.losses.map(({ loss }) => loss))),
    readExtra(steps.map((step) => step.extra)),
    readSums(steps.map((step) => step.sums)),
  ]);
  let at = 0;
  const parts = steps.map(({ losses: batches, progress }, i) => {
    const samples = batches.reduce((sum, batch) => sum + batch.samples, 0);
    const loss = batches.reduce((sum, batch) => sum + batch.samples * (losses[at++] as number), 0);
    return { progress, samples, loss, measured: { loss: loss / samples, ...extra[i] } };
  });
  const total = (key: 'samples' | 'loss'): number => parts.reduce((sum, part) => sum + part[key], 0);
  return { sums: { samples: total('samples'), sums: { loss: [total('loss')], ...sums } }, steps: parts };
}

/** The values of tensors of one shape, in one read. */
async function readTogether(tensors: readonly Tensor[]): Promise<number[]> {
  const [first] = tensors;
  if (first === undefined) return [];
  return readAndDispose(tensors.length === 1 ? first : merge(tensors, (all) => all));
}

/** Metrics are added up on the device: only what they come to is read. */
async function readSums(steps: readonly MeasuredStep['sums'][]): Promise<Record<string, number[]>> {
  const names = Object.keys(steps[0] as MeasuredStep['sums']);
  const sums = names.map((name) => steps.map((step) => step[name] as Tensor));
  const read = sums.map((parts) => readAndDispose(merge(parts, (all) => all.sum({ dim: 0 }))));
  const values = await Promise.all(read);
  return Object.fromEntries(names.map((name, i) => [name, values[i] as number[]]));
}

async function readExtra(steps: readonly MeasuredStep['extra'][]): Promise<Measurements[]> {
  const names = new Set(steps.flatMap((step) => Object.keys(step)));
  const measured: Record<string, number>[] = steps.map(() => ({}));
  await Promise.all(
    Array.from(names, async (name) => {
      const holders = steps.flatMap((step, i) => (step[name] instanceof Tensor ? [i] : []));
      const values = await readTogether(holders.map((i) => steps[i]?.[name] as Tensor));
      for (const [i, step] of steps.entries()) {
        const value = step[name];
        if (typeof value === 'number') (measured[i] as Record<string, number>)[name] = value;
      }
      for (const [at, i] of holders.entries()) (measured[i] as Record<string, number>)[name] = values[at] as number;
    }),
  );
  return measured;
}

/** Tensors of one shape as one; they are disposed. */
function merge(tensors: readonly Tensor[], change: (stacked: Tensor) => Tensor): Tensor {
  const merged = scope(() => noGrad(() => change(stack(tensors))));
  for (const tensor of tensors) tensor.dispose();
  return merged;
}

async function readAndDispose(tensor: Tensor): Promise<number[]> {
  const values = await tensor.data();
  tensor.dispose();
  return Array.from(values, Number);
}
