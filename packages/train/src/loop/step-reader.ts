import { noGrad } from '@gradus/autograd';
import { ArgumentError } from '@gradus/storage';
import { scope, stack, Tensor } from '@gradus/tensor';
import { type Averages, addSums, type SampleSums } from '../averages.ts';
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
    const { syncRead } = backendOf(step).capabilities;
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
  const [means, extra, sums] = await Promise.all([
    readNamed(steps.flatMap(({ batches }) => batches.map((batch) => batch.means))),
    readNamed(steps.map((step) => step.extra)),
    readSums(steps.map((step) => step.sums)),
  ]);
  let at = 0;
  const parts = steps.map(({ batches }) =>
    weighted(batches.map(({ samples }) => ({ samples, means: means[at++] as Measurements }))),
  );
  const all = parts.reduce(addSums);
  return {
    sums: { samples: all.samples, sums: { ...all.sums, ...sums } },
    steps: steps.map(({ progress }, i) => {
      const measured: Measurements = { ...meansOf(parts[i] as SampleSums), ...extra[i] };
      return { progress, measured };
    }),
  };
}

function meansOf({ samples, sums }: SampleSums): Measurements {
  return Object.fromEntries(Object.entries(sums).map(([name, [sum]]) => [name, (sum as number) / samples]));
}

/** Means over batches as sums over their samples. */
function weighted(batches: readonly { readonly samples: number; readonly means: Measurements }[]): SampleSums {
  return batches
    .map(({ samples, means }) => {
      const sums = Object.entries(means).map(([name, mean]) => [name, [samples * mean]]);
      return { samples, sums: Object.fromEntries(sums) } as SampleSums;
    })
    .reduce(addSums);
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

/** Numbers by name, of which not all need to be everywhere. */
async function readNamed(all: readonly Readonly<Record<string, Tensor | number>>[]): Promise<Measurements[]> {
  const read: Record<string, number>[] = all.map(() => ({}));
  await Promise.all(
    Array.from(new Set(all.flatMap((each) => Object.keys(each))), async (name) => {
      const places = all.flatMap((each, i) => (each[name] instanceof Tensor ? [i] : []));
      const values = await readTogether(places.map((i) => all[i]?.[name] as Tensor));
      for (const [i, each] of all.entries()) {
        const value = each[name];
        if (typeof value === 'number') (read[i] as Record<string, number>)[name] = value;
      }
      for (const [at, i] of places.entries()) (read[i] as Record<string, number>)[name] = values[at] as number;
    }),
  );
  return read;
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

/** Throws an ArgumentError where a step measured nothing. */
function backendOf({ batches, sums }: MeasuredStep): Tensor['backend'] {
  const [measured] = [...Object.values(batches[0]?.means ?? {}), ...Object.values(sums)];
  if (measured === undefined)
    throw new ArgumentError('evaluate: there is nothing to measure, neither metrics nor a loss');
  return measured.backend;
}
