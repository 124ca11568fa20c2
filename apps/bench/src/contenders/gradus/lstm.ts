import { crossEntropy, Linear, LSTM, Module, type Tensor } from '@gradus/gradus';
import type { Step } from '../../contender.ts';
import type { Lstm, LstmSizes } from '../../workloads/lstm.ts';
import { tensorOf, training } from './training.ts';

class Model extends Module {
  readonly lstm: LSTM;
  readonly head: Linear;

  constructor({ inputs, hidden, classes }: LstmSizes) {
    super();
    this.lstm = new LSTM(inputs, hidden);
    this.head = new Linear(hidden, classes);
  }

  override forward(x: Tensor): Tensor {
    const [outputs] = this.lstm.forward(x);
    return this.head.forward(outputs.select(0, -1));
  }
}

export function lstm(workload: Lstm): Step {
  const model = new Model(workload.sizes);
  const [x, labels] = [tensorOf(workload.x), tensorOf(workload.labels)];
  return training(workload, model, () => crossEntropy(model.forward(x), labels));
}
