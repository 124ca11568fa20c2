import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import { dataSync, type Tensor, tensor } from '@gradus/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  Adadelta,
  Adafactor,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  type AnyOptimizer,
  ASGD,
  type Hyper,
  Lion,
  Muon,
  NAdam,
  RAdam,
  RMSprop,
  Rprop,
  registerStepPostHook,
  registerStepPreHook,
  SGD,
  SparseAdam,
} from '../src/index.ts';
import { descend, expectNumbers, leaf } from './numbers.ts';

beforeAll(() => use(new HostBackend('host')));

const betas = [0.8, 0.9] as const;

// Of PyTorch 1.13.1; those of Lion, Muon, Adafactor and decoupled RAdam from the formulas of their papers, in PyTorch.
const steps: readonly [string, (x: Tensor) => AnyOptimizer, number, readonly number[]][] = [
  [
    'Adagrad',
    (x) => new Adagrad([x], { lr: 0.5, lrDecay: 0.1, weightDecay: 0.01, initialAccumulatorValue: 0.2 }),
    5,
    [0.09605552592420115, -0.808399380931302, 1.723388806627931],
  ],
  [
    'Adadelta',
    (x) => new Adadelta([x], { lr: 0.8, rho: 0.7, eps: 1e-3, weightDecay: 0.01 }),
    5,
    [0.7528515689259508, -1.7452847238660871, 2.742867650067944],
  ],
  [
    'Adamax',
    (x) => new Adamax([x], { lr: 0.1, betas, weightDecay: 0.1 }),
    5,
    [0.4605849598845077, -1.4749914977683742, 2.4845161299249714],
  ],
  [
    'NAdam',
    (x) => new NAdam([x], { lr: 0.1, momentumDecay: 0.01, weightDecay: 0.1 }),
    5,
    [0.6252412075078465, -1.6101568202783787, 2.605529225850946],
  ],
  [
    'RAdam',
    (x) => new RAdam([x], { lr: 0.1, betas, weightDecay: 0.1 }),
    8,
    [0.1174091961725397, -0.30527896458014675, 0.49356792682940365],
  ],
  [
    'RAdam with decoupled weight decay',
    (x) => new RAdam([x], { lr: 0.1, betas, weightDecay: 0.1, decoupledWeightDecay: true }),
    8,
    [0.11826207144521635, -0.3067779890560099, 0.49570986673007356],
  ],
  [
    'ASGD',
    (x) => new ASGD([x], { lr: 0.1, lambd: 0.01, alpha: 0.6, t0: 2 }),
    5,
    [0.3261277148420397, -0.6522554296840793, 0.9783831445261192],
  ],
  [
    'Rprop',
    (x) => new Rprop([x], { lr: 0.3, etas: [0.4, 1.3] }),
    5,
    [0.005799999999999944, 0.7129300000000001, 0.2870699999999998],
  ],
  [
    'Adam with amsgrad',
    (x) => new Adam([x], { lr: 0.1, amsgrad: true }),
    5,
    [0.5079636592643418, -1.5029557812950118, 2.501779456227287],
  ],
  [
    'Lion',
    (x) => new Lion([x], { lr: 0.1, betas: [0.9, 0.99], weightDecay: 0.1 }),
    5,
    [0.46089054890000003, -1.4118805987999996, 2.362870648699999],
  ],
  [
    'Adafactor of a vector',
    (x) => new Adafactor([x], { lr: 0.1, d: 1.5 }),
    4,
    [0.35792263728354734, -1.2933414797821574, 2.2751643530481798],
  ],
];

describe('steps', () => {
  test.each(steps)('%s', (_, make, count, expected) => {
    const x = leaf([1, -2, 3]);
    descend(make(x), x, count);
    expectNumbers(x, expected);
  });

  test('Muon and Adafactor of matrices', () => {
    const matrix = [
      [1, -2, 3],
      [0.5, 0.25, -1],
    ];
    const x = leaf(matrix);
    descend(new Muon([x], { lr: 0.1, momentum: 0.9 }), x, 4);
    expectNumbers(x, [
      ...[0.8305160115527261, -1.757669416471696, 2.6848228213906657],
      ...[0.19379731264538794, 0.29017344305518145, -0.7741441987557508],
    ]);
    const tall = leaf([
      [1, 0.5],
      [-2, 0.25],
      [3, -1],
    ]);
    const options = { lr: 0.1, weightDecay: 0, momentum: 0.9, nesterov: false, adjustLrFn: 'match_rms_adamw' } as const;
    descend(new Muon([tall], options), tall, 4);
    expectNumbers(tall, [
      ...[0.957840103232048, 0.4157072195635961, -1.9432639877233373],
      ...[0.26302117230028055, 2.9286878722146263, -0.9417495641641571],
    ]);
    const factored = leaf(matrix);
    descend(new Adafactor([factored], { lr: 0.1, weightDecay: 0.1 }), factored, 4);
    expectNumbers(factored, [
      ...[0.4925078142678562, -1.3890210514960633, 2.3593002402351346],
      ...[0.01513164902942284, 0.06149599804228648, -0.4333199343098098],
    ]);
    expect(() => new Muon([leaf([1])])).toThrow('Muon: only matrices, not [1]; give the rest to AdamW');
  });

  test('SparseAdam leaves rows without a gradient, and their means, as they are', () => {
    const x = leaf([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]);
    const optimizer = new SparseAdam([x], { lr: 0.1 });
    for (const rows of [
      [0, 2],
      [2, 3],
      [2, 2],
    ]) {
      optimizer.zeroGrad();
      x.indexSelect(0, tensor(Int32Array.from(rows)))
        .square()
        .sum()
        .backward();
      optimizer.step();
    }
    const expected = [
      ...[0.9000000158113858, 1.9000000079056936, 3, 4],
      ...[4.702932124297689, 5.702979233076898, 6.925586319324135, 7.925586319114031],
    ];
    expectNumbers(x, expected);
  });

  test('maximize goes up', () => {
    for (const make of [RAdam, NAdam, Rprop, ASGD, Adafactor, Lion]) {
      const x = leaf([1, -2]);
      descend(new make([x], { lr: 0.01, maximize: true }), x, 2);
      const [a = 0, b = 0] = dataSync(x);
      expect(a).toBeGreaterThan(1);
      expect(b).toBeLessThan(-2);
    }
  });

  test('options out of range are refused', () => {
    const x = leaf([1]);
    expect(() => new Rprop([x], { etas: [1.5, 2] })).toThrow('Rprop: etas must be below and above 1, got 1.5 and 2');
    expect(() => new Adadelta([x], { rho: 1.5 })).toThrow(ArgumentError);
    expect(() => new Lion([x], { betas: [0.9, 1] })).toThrow('Lion: betas[1] must be in [0, 1), got 1');
    expect(() => new Adam([x], { lr: tensor([0.1]) })).toThrow('Adam: lr must be a number or 0-d, got [1]');
  });
});

describe('hyperparameters as 0-d tensors', () => {
  type Make = (x: Tensor, lr: Hyper, beta: Hyper, decay: Hyper) => AnyOptimizer;
  const makers: readonly [string, Make][] = [
    ['SGD', (x, lr, momentum, weightDecay) => new SGD([x], { lr, momentum, weightDecay })],
    ['Adam', (x, lr, beta, weightDecay) => new Adam([x], { lr, betas: [beta, 0.9], weightDecay })],
    ['AdamW', (x, lr, beta, weightDecay) => new AdamW([x], { lr, betas: [beta, 0.9], weightDecay, amsgrad: true })],
    ['RMSprop', (x, lr, alpha, weightDecay) => new RMSprop([x], { lr, alpha, weightDecay, centered: true })],
    ['Adamax', (x, lr, beta, weightDecay) => new Adamax([x], { lr, betas: [beta, 0.9], weightDecay })],
    ['RAdam', (x, lr, beta, weightDecay) => new RAdam([x], { lr, betas: [0.8, beta], weightDecay })],
    ['Adagrad', (x, lr, lrDecay, weightDecay) => new Adagrad([x], { lr, lrDecay, weightDecay })],
    ['Adadelta', (x, lr, rho, weightDecay) => new Adadelta([x], { lr, rho, weightDecay })],
    ['Lion', (x, lr, beta, weightDecay) => new Lion([x], { lr, betas: [beta, 0.9], weightDecay })],
    ['Rprop', (x, lr) => new Rprop([x], { lr })],
    ['Adafactor', (x, lr, _, weightDecay) => new Adafactor([x], { lr, weightDecay })],
  ];

  test.each(makers)('%s steps as with numbers', (_, make) => {
    const [x, y] = [leaf([1, -2, 3]), leaf([1, -2, 3])];
    const double = (value: number): Tensor => tensor(value, { dtype: 'float64' });
    descend(make(x, 0.1, 0.7, 0.05), x, 7);
    descend(make(y, double(0.1), double(0.7), double(0.05)), y, 7);
    expectNumbers(y, [...dataSync(x)]);
  });

  test.each([
    ['NAdam', (x: Tensor, lr: Hyper, beta: Hyper) => new NAdam([x], { lr, betas: [beta, 0.9] })],
    ['ASGD', (x: Tensor, lr: Hyper, lambd: Hyper) => new ASGD([x], { lr, lambd })],
  ])('%s, of whose numbers PyTorch keeps single precision, nearly so', (_, make) => {
    const [x, y] = [leaf([1, -2, 3]), leaf([1, -2, 3])];
    descend(make(x, 0.1, 0.7), x, 5);
    descend(make(y, tensor(0.1, { dtype: 'float64' }), tensor(0.7, { dtype: 'float64' })), y, 5);
    expectNumbers(y, [...dataSync(x)], 1e-6);
  });

  test('a new value is used without a new option', () => {
    const x = leaf([1]);
    const lr = tensor(0.25, { dtype: 'float64' });
    const optimizer = new SGD([x], { lr });
    descend(optimizer, x, 1);
    expectNumbers(x, [0.5]);
    lr.fill_(0.5);
    descend(optimizer, x, 1);
    expectNumbers(x, [0]);
  });
});

test('hooks run before and after a step, until they are removed', () => {
  const x = leaf([1]);
  const optimizer = new SGD([x], { lr: 0.25 });
  const seen: string[] = [];
  const removers = [
    registerStepPreHook(optimizer, () => seen.push(`before ${dataSync(x)[0]}`)),
    registerStepPostHook(optimizer, () => seen.push(`after ${dataSync(x)[0]}`)),
  ];
  descend(optimizer, x, 1);
  for (const remove of removers) remove();
  descend(optimizer, x, 1);
  expect(seen).toEqual(['before 1', 'after 0.5']);
});

test('a state dict of PyTorch is taken over: snake case, counts in tensors, null for what has not begun', () => {
  const x = leaf([1, -2]);
  const momentum = new SGD([x], { lr: 0.1 });
  momentum.loadStateDict({
    state: { 0: { momentum_buffer: null } },
    param_groups: [{ params: [0], lr: 0.5, momentum: 0.9, weight_decay: 0.25, dampening: 0, foreach: null }],
  });
  expect(momentum.paramGroups[0]).toMatchObject({ lr: 0.5, momentum: 0.9, weightDecay: 0.25 });
  const adam = new NAdam([x]);
  adam.loadStateDict({
    state: { 3: { step: tensor(4), mu_product: tensor(0.5), exp_avg: tensor([1, 2]), exp_avg_sq: tensor([3, 4]) } },
    param_groups: [{ params: [3], lr: 0.5, momentum_decay: 0.25 }],
  });
  expect(adam.state.get(x)).toMatchObject({ step: 4, mu_product: 0.5, exp_avg: { dtype: 'float64' } });
  expect(adam.paramGroups[0]?.momentumDecay).toBe(0.25);
  expect(adam.stateDict().param_groups[0]).toMatchObject({ params: [0], momentum_decay: 0.25 });
});
