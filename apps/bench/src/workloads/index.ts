import { type Elementwise, elementwise } from './elementwise.ts';
import { type Gpt, gpt } from './gpt.ts';
import { type LeNet, lenet } from './lenet.ts';
import { type Lstm, lstm } from './lstm.ts';
import { type Matmul, matmul } from './matmul.ts';
import { type Mlp, mlp } from './mlp.ts';

export type Workload = Mlp | Elementwise | LeNet | Lstm | Gpt | Matmul;

export const workloads: readonly Workload[] = [
  mlp('tiny-mlp', {
    sizes: [2, 16, 16, 1],
    batch: 100,
    activation: 'tanh',
    loss: 'squared error',
    optimizer: { kind: 'sgd', learningRate: 0.01, momentum: 0 },
  }),
  mlp('mlp', {
    sizes: [784, 256, 128, 10],
    batch: 128,
    activation: 'relu',
    loss: 'cross entropy',
    optimizer: { kind: 'adam', learningRate: 1e-3 },
  }),
  elementwise('elementwise', 1_000_000),
  lenet('lenet', 64),
  lstm('lstm', { inputs: 64, hidden: 128, classes: 10, time: 32, batch: 32 }),
  gpt('gpt', { layers: 4, width: 128, heads: 4, time: 64, batch: 16, vocabulary: 96 }),
  matmul('matmul-256', 256),
  matmul('matmul-512', 512),
  matmul('matmul-1024', 1024),
];
