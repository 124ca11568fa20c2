import type { Labels, Numbers } from '../numbers.ts';
import { convolution, linear, seeded } from './parameters.ts';
import type { Training } from './workload.ts';

/**
 * Convolution 5x5 to 6 channels (padded by 2), convolution 5x5 to 16, each with tanh and the maximum of 2x2; then linear
 * layers to 120, 84 and 10 with tanh between them. (After LeCun et al. 1998. With ReLU the windows of a maximum would hold
 * equal values, zeros, and frameworks send the gradient to different ones of them.)
 */
export interface LeNet extends Training<'lenet'> {
  /** [batch, 1, 28, 28] */
  readonly x: Numbers;
  /** [batch] */
  readonly labels: Labels;
}

export function lenet(name: string, batch: number): LeNet {
  return {
    name,
    family: 'lenet',
    title: `conv 5x5 6-16, linear 120-84-10, tanh, max pooling, batch ${batch}, cross entropy, sgd with momentum`,
    timed: 'one training step',
    optimizer: { kind: 'sgd', learningRate: 0.01, momentum: 0.9 },
    parameters: seeded(
      convolution('conv1', 1, 6, 5),
      convolution('conv2', 6, 16, 5),
      linear('fc1', 400, 120),
      linear('fc2', 120, 84),
      linear('fc3', 84, 10),
    ),
    x: { shape: [batch, 1, 28, 28], seed: 101, scale: 1, center: 0 },
    labels: { shape: [batch], seed: 102, classes: 10 },
  };
}
