import type { Labels, Numbers } from '../numbers.ts';
import { linear, seeded } from './parameters.ts';
import type { Optimization, Training } from './workload.ts';

/** A multilayer perceptron. */
export interface Mlp extends Training<'mlp'> {
  /** Features, hidden widths, outputs. The activation stands between the linear layers. */
  readonly sizes: readonly number[];
  readonly activation: 'tanh' | 'relu';
  /** [batch, features] */
  readonly x: Numbers;
  /** For the squared error [batch, outputs], for cross entropy classes [batch]. */
  readonly y: Numbers | Labels;
}

export interface MlpOptions {
  readonly sizes: readonly number[];
  readonly batch: number;
  readonly activation: 'tanh' | 'relu';
  readonly loss: 'squared error' | 'cross entropy';
  readonly optimizer: Optimization;
}

export function mlp(name: string, { sizes, batch, activation, loss, optimizer }: MlpOptions): Mlp {
  const [features, outputs] = [sizes[0] as number, sizes[sizes.length - 1] as number];
  // Named as the children of a Sequential are, where activations take every second place.
  const layers = sizes.slice(1).map((width, i) => linear(`${2 * i}`, sizes[i] as number, width));
  return {
    name,
    family: 'mlp',
    title: `${sizes.join('-')}, ${activation}, batch ${batch}, ${loss}, ${optimizer.kind}`,
    timed: 'one training step',
    sizes,
    activation,
    optimizer,
    parameters: seeded(...layers),
    x: { shape: [batch, features], seed: 101, scale: 1, center: 0 },
    y:
      loss === 'squared error'
        ? { shape: [batch, outputs], seed: 102, scale: 1, center: 0 }
        : { shape: [batch], seed: 102, classes: outputs },
  };
}
