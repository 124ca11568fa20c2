import { Adam, AdamW, type AnyOptimizer, Lion, RMSprop, SGD } from '@gradus/optim';
import type { Tensor } from '@gradus/tensor';

/** An optimizer to choose, and a learning rate that suits it. */
interface Choice {
  readonly label: string;
  readonly lr: number;
  readonly create: (parameters: Tensor[], lr: number) => AnyOptimizer;
}

export type OptimizerName = 'sgd' | 'momentum' | 'rmsprop' | 'adam' | 'adamw' | 'lion';

export const optimizers: Readonly<Record<OptimizerName, Choice>> = {
  sgd: { label: 'SGD', lr: 0.1, create: (parameters, lr) => new SGD(parameters, { lr }) },
  momentum: {
    label: 'SGD with momentum',
    lr: 0.02,
    create: (parameters, lr) => new SGD(parameters, { lr, momentum: 0.9 }),
  },
  rmsprop: { label: 'RMSProp', lr: 0.001, create: (parameters, lr) => new RMSprop(parameters, { lr }) },
  adam: { label: 'Adam', lr: 0.002, create: (parameters, lr) => new Adam(parameters, { lr }) },
  adamw: { label: 'AdamW', lr: 0.002, create: (parameters, lr) => new AdamW(parameters, { lr }) },
  lion: { label: 'Lion', lr: 0.0005, create: (parameters, lr) => new Lion(parameters, { lr }) },
};
