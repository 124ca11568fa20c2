import { Adagrad, Adam, AdamW, type AnyOptimizer, Lion, RMSprop, SGD } from '@gradus/optim';
import type { Tensor } from '@gradus/tensor';
import type { Surface } from './surfaces.ts';

interface Contestant {
  readonly label: string;
  /** Whether its steps grow with the gradient: its learning rate is then the surface's, by default, or else this. */
  readonly rate: 'surface' | number;
  readonly create: (parameters: Tensor[], lr: number) => AnyOptimizer;
}

export type ContestantName = 'sgd' | 'momentum' | 'nesterov' | 'adagrad' | 'rmsprop' | 'adam' | 'adamw' | 'lion';

export const contestants: Readonly<Record<ContestantName, Contestant>> = {
  sgd: { label: 'SGD', rate: 'surface', create: (parameters, lr) => new SGD(parameters, { lr }) },
  momentum: {
    label: 'Momentum',
    rate: 'surface',
    create: (parameters, lr) => new SGD(parameters, { lr, momentum: 0.9 }),
  },
  nesterov: {
    label: 'Nesterov',
    rate: 'surface',
    create: (parameters, lr) => new SGD(parameters, { lr, momentum: 0.9, nesterov: true }),
  },
  adagrad: { label: 'Adagrad', rate: 0.2, create: (parameters, lr) => new Adagrad(parameters, { lr }) },
  rmsprop: { label: 'RMSProp', rate: 0.02, create: (parameters, lr) => new RMSprop(parameters, { lr }) },
  adam: { label: 'Adam', rate: 0.1, create: (parameters, lr) => new Adam(parameters, { lr }) },
  adamw: {
    label: 'AdamW',
    rate: 0.1,
    create: (parameters, lr) => new AdamW(parameters, { lr, weightDecay: 0.1 }),
  },
  lion: { label: 'Lion', rate: 0.02, create: (parameters, lr) => new Lion(parameters, { lr }) },
};

export const contestantNames: readonly ContestantName[] = Object.keys(contestants) as ContestantName[];

export type Rates = Readonly<Record<ContestantName, number>>;

/** Learning rates to begin with. */
export function defaultRates(surface: Surface): Rates {
  const entries = contestantNames.map((name) => {
    const { rate } = contestants[name];
    return [name, rate === 'surface' ? surface.rate : rate];
  });
  return Object.fromEntries(entries) as Rates;
}
