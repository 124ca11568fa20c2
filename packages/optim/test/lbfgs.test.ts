import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { dataSync, scope, type Tensor } from '@gradus/tensor';
import { beforeAll, expect, test } from 'vitest';
import { LBFGS, StepLR } from '../src/index.ts';
import { expectNumbers, leaf } from './numbers.ts';

const backend = new HostBackend('host');
beforeAll(() => use(backend));

const options = { maxIter: 10, lineSearchFn: 'strong_wolfe' } as const;

/** (1 - x)^2 + 100 (y - x^2)^2 and its gradients. */
function rosenbrock(xy: Tensor, optimizer: LBFGS): () => Tensor {
  return () =>
    scope(() => {
      optimizer.zeroGrad();
      const [x, y] = [xy.select(0, 0), xy.select(0, 1)];
      const loss = x.mul(-1).add(1).square().add(y.sub(x.square()).square().mul(100));
      loss.backward();
      return loss;
    });
}

// PyTorch 1.13.1's.
const expected = [24.199999999999996, 2.859759140731463, 0.4641401774955063, 0.009483757280975853];
const end = [0.9999814210791366, 0.9999619651810989];

test('reaches the minimum of the Rosenbrock function as PyTorch does, waiting or not', async () => {
  const [x, y] = [leaf([-1.2, 1]), leaf([-1.2, 1])];
  const [waiting, direct] = [new LBFGS([x], options), new LBFGS([y], options)];
  const losses: number[] = [];
  for (let i = 0; i < 4; i++) {
    losses.push(await (await waiting.step(rosenbrock(x, waiting))).item());
    direct.stepSync(rosenbrock(y, direct));
  }
  expectNumbers(losses, expected, 1e-9);
  expectNumbers(x, end, 1e-9);
  expect([...dataSync(y)]).toEqual([...dataSync(x)]);
});

test("goes on from its state, whose names are PyTorch's", () => {
  const x = leaf([-1.2, 1]);
  const first = new LBFGS([x], options);
  for (let i = 0; i < 2; i++) first.stepSync(rosenbrock(x, first));
  const y = x.detach().clone().setRequiresGrad();
  const second = new LBFGS([y], { ...options, maxIter: 3 });
  const state = first.stateDict();
  expect(Object.keys(state.state[0] ?? {}).toSorted()).toEqual(
    [
      'func_evals',
      'n_iter',
      'd',
      't',
      'old_dirs',
      'old_stps',
      'ro',
      'H_diag',
      'prev_flat_grad',
      'prev_loss',
    ].toSorted(),
  );
  second.loadStateDict(state);
  for (let i = 0; i < 2; i++) second.stepSync(rosenbrock(y, second));
  expectNumbers(y, end, 1e-9);
});

test('several parameters are one vector; one without a gradient stays', () => {
  const [a, b, idle] = [leaf([[3]]), leaf([-4, 5]), leaf([7])];
  const optimizer = new LBFGS([a, b, idle], options);
  optimizer.stepSync(() => {
    optimizer.zeroGrad();
    const loss = a.square().sum().add(b.sub(1).square().sum());
    loss.backward();
    return loss;
  });
  expectNumbers(a, [0], 1e-9);
  expectNumbers(b, [1, 1], 1e-9);
  expectNumbers(idle, [7]);
});

test('holds no memory that grows with the steps', () => {
  const x = leaf([-1.2, 1]);
  const optimizer = new LBFGS([x], { ...options, historySize: 2 });
  const step = (): void => optimizer.stepSync(rosenbrock(x, optimizer)).dispose();
  step();
  const before = backend.memory().liveBuffers;
  for (let i = 0; i < 3; i++) step();
  expect(backend.memory().liveBuffers).toBe(before);
});

test('takes schedulers, one group, and one line search', () => {
  const x = leaf([1]);
  const optimizer = new LBFGS([x]);
  new StepLR(optimizer, 1).step();
  expect(optimizer.paramGroups[0]?.lr).toBeCloseTo(0.1, 15);
  expect(() => optimizer.addParamGroup({ params: [leaf([1])] })).toThrow('LBFGS: all parameters must be in one group');
  const wrong = { lineSearchFn: 'armijo' as 'strong_wolfe' };
  expect(() => new LBFGS([x], wrong)).toThrow("LBFGS: lineSearchFn must be 'strong_wolfe' or null, got 'armijo'");
});
