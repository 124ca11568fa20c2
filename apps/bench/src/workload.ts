/** A training that every contender builds from the same numbers: a multilayer perceptron on one fixed batch. */
export interface Workload {
  readonly name: string;
  /** Features, hidden widths, outputs. */
  readonly sizes: readonly number[];
  readonly batch: number;
  readonly activation: 'tanh' | 'relu';
  readonly loss: 'meanSquaredError' | 'crossEntropy';
  readonly optimizer: 'sgd' | 'adam';
  readonly learningRate: number;
}

export const workloads: readonly Workload[] = [
  {
    name: 'tiny-mlp',
    sizes: [2, 16, 16, 1],
    batch: 100,
    activation: 'tanh',
    loss: 'meanSquaredError',
    optimizer: 'sgd',
    learningRate: 0.01,
  },
  {
    name: 'mlp',
    sizes: [784, 256, 128, 10],
    batch: 128,
    activation: 'relu',
    loss: 'crossEntropy',
    optimizer: 'adam',
    learningRate: 1e-3,
  },
];

/** Values between -scale and scale, the same in every language: scale * sin(12.9898 i + seed), rounded to float32. */
function ramp(length: number, seed: number, scale: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => scale * Math.sin(12.9898 * i + seed));
}

/** A linear layer's start: the weight as [inputs, outputs], row-major. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
}

export function layersOf({ sizes }: Workload): readonly Layer[] {
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i] as number;
    const scale = 1 / Math.sqrt(inputs);
    return {
      inputs,
      outputs,
      weight: ramp(inputs * outputs, 2 * i + 1, scale),
      bias: ramp(outputs, 2 * i + 2, scale),
    };
  });
}

export interface Batch {
  /** [batch, features] */
  readonly x: Float32Array<ArrayBuffer>;
  /** For the squared error [batch, outputs]; null where there are labels. */
  readonly y: Float32Array<ArrayBuffer> | null;
  /** For cross entropy one class per row; null where there are values. */
  readonly labels: Int32Array<ArrayBuffer> | null;
}

export function batchOf({ sizes, batch, loss }: Workload): Batch {
  const [features, outputs] = [sizes[0] as number, sizes[sizes.length - 1] as number];
  const x = ramp(batch * features, 0.5, 1);
  if (loss === 'meanSquaredError') return { x, y: ramp(batch * outputs, 0.25, 1), labels: null };
  return { x, y: null, labels: Int32Array.from({ length: batch }, (_, i) => (7 * i) % outputs) };
}
