import type { Labels, Numbers } from '../numbers.ts';
import { linear, lstmLayer, seeded } from './parameters.ts';
import type { Training } from './workload.ts';

/** One layer of long short-term memory, and a linear head that classifies its last output. */
export interface Lstm extends Training<'lstm'> {
  readonly sizes: LstmSizes;
  /** [time, batch, inputs] */
  readonly x: Numbers;
  /** [batch] */
  readonly labels: Labels;
}

export interface LstmSizes {
  readonly inputs: number;
  readonly hidden: number;
  readonly classes: number;
  readonly time: number;
  readonly batch: number;
}

export function lstm(name: string, sizes: LstmSizes): Lstm {
  const { inputs, hidden, classes, time, batch } = sizes;
  return {
    name,
    family: 'lstm',
    title: `LSTM ${inputs}-${hidden}, ${time} steps, linear ${classes}, batch ${batch}, cross entropy, adam`,
    timed: 'one training step',
    sizes,
    optimizer: { kind: 'adam', learningRate: 1e-3 },
    parameters: seeded(lstmLayer('lstm', inputs, hidden), linear('head', hidden, classes)),
    x: { shape: [time, batch, inputs], seed: 101, scale: 1, center: 0 },
    labels: { shape: [batch], seed: 102, classes },
  };
}
