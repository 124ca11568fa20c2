import { Linear, type Module, ReLU, Sequential, SiLU, Tanh } from '@gradus/nn';

export type ActivationName = 'tanh' | 'relu' | 'silu';

const activations: Readonly<Record<ActivationName, () => Module>> = {
  tanh: () => new Tanh(),
  relu: () => new ReLU(),
  silu: () => new SiLU(),
};

/** From points [N, 2] to the logits of class 1, [N, 1]. */
export function createNetwork(width: number, activation: ActivationName): Sequential {
  const activate = activations[activation];
  return new Sequential(new Linear(2, width), activate(), new Linear(width, width), activate(), new Linear(width, 1));
}
