import {
  crossEntropy,
  Linear,
  manualSeed,
  randint,
  randn,
  Sequential,
  Tanh,
  type Tensor,
  tensor,
} from '@gradus/gradus';
import { readGraph } from './read.ts';
import { graphSvg } from './svg.ts';

/** Every picture of docs/autodiff.md, by its name. */
export function drawings(): Readonly<Record<string, string>> {
  return { ...passes(), 'grow-4': growth(4), 'grow-1': growth(1), network: network() };
}

/** The same small graph with the values of the forward pass, and with the gradients of the reverse pass. */
function passes(): Record<string, string> {
  const [x, y] = [leaf(2), leaf(3)];
  const product = x.mul(y);
  const square = x.square();
  const sum = product.add(square);
  const loss = sum.square();
  const inner = [product, square, sum, loss];
  for (const value of inner) value.retainGrad();
  loss.backward({ retainGraph: true });

  const nodes = readGraph(loss, { x, y });
  const tensors = inOrder(
    nodes.map(({ leaf }) => leaf),
    [x, y],
    inner,
  );
  const values = tensors.map((value) => `${value.itemSync()}`);
  const gradients = tensors.map((value, i) => [values[i]!, `∂ ${value.grad?.itemSync()}`]);
  return {
    forward: graphSvg(nodes, { title: 'the forward pass: values', notes: values.map((value) => [value]) }),
    reverse: graphSvg(nodes, { title: 'the reverse pass: values and gradients', notes: gradients, reversed: true }),
  };
}

/** The tensors of a graph's nodes: leaves and results both stand in the order in which they were made. */
function inOrder(leaves: readonly boolean[], inputs: readonly Tensor[], results: readonly Tensor[]): readonly Tensor[] {
  const [left, made] = [[...inputs], [...results]];
  return leaves.map((leaf) => (leaf ? left : made).shift()!);
}

/** A loop whose length depends on a value. */
function growth(start: number): string {
  const x = leaf(start);
  let y = x;
  while (y.itemSync() < 10) y = y.mul(2);
  return graphSvg(readGraph(y.square(), { x }), { title: `the graph recorded for x = ${start}` });
}

function network(): string {
  manualSeed(0);
  const model = new Sequential(new Linear(4, 8), new Tanh(), new Linear(8, 3));
  const loss = crossEntropy(model.forward(randn([16, 4])), randint(3, [16]));
  const nodes = readGraph(loss, Object.fromEntries(model.namedParameters()));
  return graphSvg(nodes, { title: 'a perceptron and its loss', direction: 'TB' });
}

const leaf = (value: number): Tensor => tensor(value, { requiresGrad: true });
