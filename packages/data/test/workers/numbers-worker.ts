import { workerData } from 'node:worker_threads';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { ShapeError } from '@gradus/storage';
import { rand, tensor } from '@gradus/tensor';
import { serveDataset } from '../../src/index.ts';

// Samples with their number, random noise and tensors of several kinds. What `workerData` says goes wrong.
serveDataset(
  async () => {
    await use(cpu());
    if (workerData === 'no data set') throw new ShapeError('no data set');
    return {
      length: 20,
      get: async (index: number) => {
        if (workerData === 'exit' && index === 7) process.exit(3);
        if (workerData === 'broken sample' && index === 7) {
          throw new ShapeError('sample 7 is broken', { cause: new TypeError('deep') });
        }
        return {
          index,
          noise: rand([2]),
          half: tensor([index / 3], { dtype: 'float16' }),
          even: index % 2 === 0,
          nested: [new Map([['square', index * index]]), `number ${index}`] as const,
        };
      },
    };
  },
  workerData === 'own collate' ? { collate: (samples) => samples.map(({ index }) => index) } : {},
);
