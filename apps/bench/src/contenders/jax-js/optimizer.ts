import { type Array as JaxArray, numpy as np, tree } from '@jax-js/jax';
import type { Optimization } from '../../workloads/workload.ts';
import { type Arrays, take } from './arrays.ts';

/** What the optimizer keeps of each parameter: a momentum, or the running means of the gradient and of its square. */
interface Moments {
  readonly mean: Arrays;
  readonly square: Arrays;
}

/** The learning rate, and which step it is, from 1 on. */
export type Numbers = { rate: JaxArray; time: JaxArray };

/** New parameters and moments; uses up all that it is given. */
type Update = (parameters: Arrays, gradients: Arrays, moments: Moments, numbers: Numbers) => [Arrays, Arrays, Arrays];

export function momentsOf(optimizer: Optimization, parameters: Arrays): Moments {
  const zeros = (): Arrays => mapped((parameter) => np.zeros(parameter.shape), parameters);
  const { kind } = optimizer;
  return {
    mean: kind === 'sgd' && optimizer.momentum === 0 ? {} : zeros(),
    square: kind === 'sgd' ? {} : zeros(),
  };
}

export function updateOf(optimizer: Optimization): Update {
  if (optimizer.kind === 'adam') return adam(0);
  if (optimizer.kind === 'adamw') return adam(optimizer.weightDecay);
  return optimizer.momentum === 0 ? descend : descendWithMomentum(optimizer.momentum);
}

const descend: Update = (parameters, gradients, { mean, square }, { rate, time }) => {
  time.dispose();
  const moved = mapped((p, g) => p.sub(g.mul(rate.ref)), parameters, gradients);
  rate.dispose();
  return [moved, mean, square];
};

function descendWithMomentum(momentum: number): Update {
  return (parameters, gradients, { mean, square }, numbers) => {
    const velocity = mapped((m, g) => m.mul(momentum).add(g), mean, gradients);
    const [moved] = descend(parameters, tree.ref(velocity), { mean: {}, square: {} }, numbers);
    return [moved, velocity, square];
  };
}

function adam(weightDecay: number): Update {
  return (parameters, gradients, moments, { rate, time }) => {
    const mean = mapped((m, g) => m.mul(0.9).add(g.mul(0.1)), moments.mean, tree.ref(gradients));
    const square = mapped((s, g) => s.mul(0.999).add(np.square(g).mul(0.001)), moments.square, gradients);
    const [first, second] = [correction(0.9, time.ref), correction(0.999, time)];
    const move = (p: JaxArray, m: JaxArray, s: JaxArray): JaxArray => {
      const step = m.div(first.ref).div(np.sqrt(s.div(second.ref)).add(1e-8));
      const decayed = weightDecay === 0 ? step : step.add(p.ref.mul(weightDecay));
      return p.sub(decayed.mul(rate.ref));
    };
    const moved = mapped(move, parameters, tree.ref(mean), tree.ref(square));
    for (const used of [first, second, rate]) used.dispose();
    return [moved, mean, square];
  };
}

/** 1 - beta^time */
function correction(beta: number, time: JaxArray): JaxArray {
  return np
    .exp(time.mul(Math.log(beta)))
    .mul(-1)
    .add(1);
}

type Change = (a: JaxArray, b: JaxArray, c: JaxArray) => JaxArray;

/** A function of the arrays of one name, for every name. */
function mapped(change: Change, a: Arrays, b: Arrays = a, c: Arrays = a): Arrays {
  const changed = Object.keys(a).map((name) => [name, change(take(a, name), take(b, name), take(c, name))] as const);
  return Object.fromEntries(changed);
}
