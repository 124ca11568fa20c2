import { manualSeed } from '@gradus/tensor';
import { type BatchDataset, type Dataset, sampleOf } from '../datasets/dataset.ts';
import { collate as defaultCollate } from '../loader/collate.ts';
import { disposeBatch } from '../loader/dispose-batch.ts';
import { portToParent } from './port.ts';
import { type PackedError, packError, packTensors } from './transfer.ts';

/** What a program asks of a worker's data set. */
export type Request = { readonly id: number } & (
  | { readonly type: 'length' }
  | { readonly type: 'get'; readonly index: number }
  | { readonly type: 'batch'; readonly indices: Int32Array; readonly seed: number }
);

export type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: PackedError });

type Served<Sample> = Dataset<Sample> | BatchDataset<Sample>;

export interface ServeDatasetOptions<Sample> {
  /** How samples become a batch; default `collate`, or the data set's own `batch`. */
  readonly collate?: (samples: Sample[]) => unknown;
}

/**
 * What the module of a worker does to load data for a `WorkerDataset`. The default generator is seeded before every batch, so that
 * what is random about samples depends neither on the number of workers nor on their speed.
 *
 * ```ts
 * // digits-worker.ts
 * serveDataset(async () => {
 *   await use(cpu())
 *   return new ImageFolder('digits')
 * })
 * ```
 */
export function serveDataset<Sample>(
  create: () => Served<Sample> | Promise<Served<Sample>>,
  options: ServeDatasetOptions<Sample> = {},
): void {
  const port = portToParent<Answer, Request>('serveDataset');
  const dataset = Promise.resolve().then(create);
  let last: Promise<void> = Promise.resolve();
  port.listen((request) => {
    // One after the other: they share the default generator.
    last = last.then(async () => {
      try {
        const batch = await answer(await dataset, request, options);
        const { value, transfer } = await packTensors(batch);
        // A sample may be the data set's own; a batch is made for us.
        if (request.type === 'batch') disposeBatch(batch);
        port.send({ id: request.id, value }, transfer);
      } catch (error) {
        port.send({ id: request.id, error: packError(error) });
      }
    });
  });
}

async function answer<Sample>(
  dataset: Served<Sample>,
  request: Request,
  { collate = defaultCollate }: ServeDatasetOptions<Sample>,
): Promise<unknown> {
  if (request.type === 'length') return dataset.length;
  if (request.type === 'get') return await sampleOf(dataset, request.index);
  const { indices, seed } = request;
  manualSeed(seed);
  if (dataset.batch !== undefined && collate === defaultCollate) return await dataset.batch(indices, seed);
  const samples: Sample[] = [];
  for (const index of indices) samples.push(await sampleOf(dataset, index));
  return collate(samples);
}
