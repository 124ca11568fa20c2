import { defaultDevice, init, type Array as JaxArray, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import type { Contender } from '../contender.ts';
import { batchOf, layersOf, type Workload } from '../workload.ts';

// An array is used up by the function that it is passed to; `.ref` takes another hold on it first.

type Parameters = { weight: JaxArray; bias: JaxArray }[];
/** Adam's running means, or nothing. */
type Moments = { mean: Parameters; square: Parameters } | Record<string, never>;

/** jax-js on WebAssembly, with the whole step compiled by `jit`. */
export const contender: Contender = (workload) => build(workload, true);

/** The same without `jit`. */
export const eager: Contender = (workload) => build(workload, false);

async function build(workload: Workload, compiled: boolean): Promise<Awaited<ReturnType<Contender>>> {
  await init('wasm');
  defaultDevice('wasm');
  const lossAndGradients = valueAndGrad(lossOf(workload));
  const update = workload.optimizer === 'adam' ? adam : sgd;
  const step = (parameters: Parameters, moments: Moments, x: JaxArray, y: JaxArray, rate: JaxArray, t: JaxArray) => {
    const [loss, gradients] = lossAndGradients(tree.ref(parameters), x, y);
    return [loss, ...update(parameters, gradients, moments, rate, t)] as [JaxArray, Parameters, Moments];
  };
  const run = compiled ? jit(step) : step;
  const { x, y } = dataOf(workload);
  let parameters = start(workload);
  let moments: Moments = workload.optimizer === 'adam' ? { mean: zeros(parameters), square: zeros(parameters) } : {};
  let last: JaxArray | null = null;
  let t = 0;
  return () => {
    last?.dispose();
    const results = run(parameters, moments, x.ref, y.ref, np.array(workload.learningRate), np.array(++t));
    [last, parameters, moments] = results as [JaxArray, Parameters, Moments];
    // Work is lazy until a value is asked for; the loss needs what the step before it computed.
    const [value] = last.ref.dataSync();
    return () => value as number;
  };
}

function start(workload: Workload): Parameters {
  return layersOf(workload).map(({ inputs, outputs, weight, bias }) => ({
    weight: np.array(weight).reshape([inputs, outputs]),
    bias: np.array(bias),
  }));
}

function zeros(parameters: Parameters): Parameters {
  return parameters.map(({ weight, bias }) => ({ weight: np.zeros(weight.shape), bias: np.zeros(bias.shape) }));
}

function dataOf(workload: Workload): { readonly x: JaxArray; readonly y: JaxArray } {
  const { x, y, labels } = batchOf(workload);
  const { batch, sizes } = workload;
  const outputs = sizes[sizes.length - 1] as number;
  const target =
    labels === null
      ? np.array(y as Float32Array<ArrayBuffer>).reshape([batch, outputs])
      : nn.oneHot(np.array(labels), outputs);
  return { x: np.array(x).reshape([batch, sizes[0] as number]), y: target };
}

function lossOf({ activation, loss, batch }: Workload): (parameters: Parameters, x: JaxArray, y: JaxArray) => JaxArray {
  const activate = activation === 'tanh' ? np.tanh : nn.relu;
  return (parameters, x, y) => {
    const output = parameters.reduce((value, { weight, bias }, i) => {
      return np.matmul(i === 0 ? value : activate(value), weight).add(bias);
    }, x);
    if (loss === 'meanSquaredError') return np.square(output.sub(y)).mean();
    return nn
      .logSoftmax(output)
      .mul(y)
      .sum()
      .mul(-1 / batch);
  };
}

type Update = (
  parameters: Parameters,
  gradients: Parameters,
  moments: Moments,
  rate: JaxArray,
  t: JaxArray,
) => [Parameters, Moments];

const sgd: Update = (parameters, gradients, moments, rate, t) => {
  t.dispose();
  const moved = tree.map((p: JaxArray, g: JaxArray) => p.sub(g.mul(rate.ref)), parameters, gradients) as Parameters;
  rate.dispose();
  return [moved, moments];
};

const adam: Update = (parameters, gradients, moments, rate, t) => {
  const { mean, square } = moments as { mean: Parameters; square: Parameters };
  const means = tree.map(
    (m: JaxArray, g: JaxArray) => m.mul(0.9).add(g.mul(0.1)),
    mean,
    tree.ref(gradients),
  ) as Parameters;
  const squares = tree.map(
    (s: JaxArray, g: JaxArray) => s.mul(0.999).add(np.square(g).mul(0.001)),
    square,
    gradients,
  ) as Parameters;
  const correction = (beta: number): JaxArray =>
    np
      .exp(t.ref.mul(Math.log(beta)))
      .mul(-1)
      .add(1);
  const [first, second] = [correction(0.9), correction(0.999)];
  t.dispose();
  const move = (p: JaxArray, m: JaxArray, s: JaxArray): JaxArray => {
    const denominator = np.sqrt(s.div(second.ref)).add(1e-8);
    return p.sub(m.div(first.ref).mul(rate.ref).div(denominator));
  };
  const moved = tree.map(move, parameters, tree.ref(means), tree.ref(squares)) as Parameters;
  for (const used of [first, second, rate]) used.dispose();
  return [moved, { mean: means, square: squares }];
};
