import { blockUntilReady, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import type { Step } from '../../contender.ts';
import type { Elementwise } from '../../workloads/elementwise.ts';
import { type Arrays, arrayOf, type Transform, take } from './arrays.ts';

export function elementwise({ inputs }: Elementwise, transform: Transform): Step {
  const [a, b, c, d] = inputs;
  const arrays = { a: arrayOf(a), b: arrayOf(b), c: arrayOf(c), d: arrayOf(d) };
  const valueAndGradients = valueAndGrad((inputs: Arrays) => {
    const left = np.tanh(take(inputs, 'a').mul(take(inputs, 'b')).add(take(inputs, 'c')));
    return left.mul(nn.sigmoid(take(inputs, 'd'))).mean();
  });
  const run = transform((inputs) => {
    const [value, gradients] = valueAndGradients(inputs as Arrays);
    return [{ value }, gradients];
  });
  let last: Arrays = {};
  return async () => {
    tree.dispose(last);
    const [value, gradients] = run(tree.ref(arrays)) as [Arrays, Arrays];
    last = { ...value, ...gradients };
    // Work is lazy until then.
    await blockUntilReady(last);
    return async () => {
      const sums = await Promise.all(Object.values(last).map((array) => array.ref.sum().data()));
      return sums.reduce((total, [sum]) => total + (sum as number), 0);
    };
  };
}
