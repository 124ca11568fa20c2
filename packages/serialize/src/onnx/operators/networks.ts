import type { Tensor } from '@gradus/tensor';
import * as t from '@gradus/tensor';
import * as f from '@gradus/tensor/functional';
import { einsum } from '@gradus/tensor/linalg';
import type { Node, Operator } from '../node.ts';

/** Operators of neural networks: products, convolutions, pools, norms. */
export const networks: Readonly<Record<string, Operator>> = {
  MatMul: (node) => t.matmul(node.input(0), node.input(1)),
  Gemm: (node) => {
    const a = node.int('transA', 0) === 1 ? node.input(0).mT : node.input(0);
    const b = node.int('transB', 0) === 1 ? node.input(1).mT : node.input(1);
    const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
    const product = t.matmul(a, b);
    const scaled = alpha === 1 ? product : t.mul(product, alpha);
    const c = node.optional(2);
    return c === null ? scaled : t.add(scaled, beta === 1 ? c : t.mul(c, beta));
  },
  Einsum: (node) => einsum(node.string('equation', ''), ...node.inputs()),

  Conv: (node) => {
    const weight = node.input(1);
    const { before, after, stride, dilation } = windows(node, weight.shape.slice(2));
    const even = before.every((n, i) => n === after[i]);
    const x = even ? node.input(0) : padEnds(node.input(0), before, after, 0);
    const padding = even ? before : before.map(() => 0);
    const convolve = byAxes(node, [f.conv1d, f.conv2d, f.conv3d]);
    return convolve(x, weight, { bias: node.optional(2), stride, padding, dilation, groups: node.int('group', 1) });
  },
  ConvTranspose: (node) => {
    const weight = node.input(1);
    const { before, after, stride, dilation } = windows(node, weight.shape.slice(2));
    node.checked(
      node
        .shape(0)
        .map((n, axis) =>
          axis < 2 ? n : n * (stride[axis - 2] ?? 1) + (dilation[axis - 2] ?? 1) * (weight.shape[axis] ?? 1),
        ),
    );
    if (node.ints('output_shape') !== null) throw node.error('output_shape is not supported; give pads');
    const outputPadding = node.checked(node.ints('output_padding') ?? stride.map(() => 0));
    const convolve = byAxes(node, [f.convTranspose1d, f.convTranspose2d, f.convTranspose3d]);
    const groups = node.int('group', 1);
    const even = before.every((n, i) => n === after[i]);
    const options = { bias: node.optional(2), stride, dilation, groups, outputPadding };
    if (even) return convolve(node.input(0), weight, { ...options, padding: before });
    const whole = convolve(node.input(0), weight, options);
    return before.reduce(
      (x, n, i) => t.narrow(x, i + 2, n, (x.shape[i + 2] as number) - n - (after[i] as number)),
      whole,
    );
  },

  MaxPool: (node) => {
    const window = node.ints('kernel_shape') ?? [];
    const { before, after, stride, dilation } = windows(node, window);
    const ceilMode = node.int('ceil_mode', 0) === 1;
    const even = before.every((n, i) => n === after[i] && 2 * n <= (window[i] as number));
    const x = even ? node.input(0) : padEnds(node.input(0), before, after, -Infinity);
    const padding = even ? before : before.map(() => 0);
    const pool = byAxes(node, [f.maxPool1d, f.maxPool2d, f.maxPool3d]);
    if ((node.proto.outputs[1] ?? '') !== '') throw node.error('the indices of the maxima are not supported');
    return pool(x, window, { stride, padding, dilation, ceilMode });
  },
  AveragePool: (node) => {
    const window = node.ints('kernel_shape') ?? [];
    const { before, after, stride, dilation } = windows(node, window);
    if (dilation.some((n) => n !== 1)) throw node.error('dilations are not supported');
    const countIncludePad = node.int('count_include_pad', 0) === 1;
    const ceilMode = node.int('ceil_mode', 0) === 1;
    const even = before.every((n, i) => n === after[i] && 2 * n <= (window[i] as number));
    if (!even && !countIncludePad) throw node.error('pads that differ, and are not counted, are not supported');
    const x = even ? node.input(0) : padEnds(node.input(0), before, after, 0);
    const padding = even ? before : before.map(() => 0);
    return byAxes(node, [f.avgPool1d, f.avgPool2d, f.avgPool3d])(x, window, {
      stride,
      padding,
      countIncludePad,
      ceilMode,
    });
  },
  GlobalAveragePool: (node) => t.mean(node.input(0), { dim: spatialAxes(node), keepdim: true }),
  GlobalMaxPool: (node) => t.amax(node.input(0), { dim: spatialAxes(node), keepdim: true }),

  BatchNormalization: (node) => {
    if (node.int('training_mode', 0) === 1)
      throw node.error('it is in training mode; export the model in evaluation mode');
    const [weight, bias, runningMean, runningVar] = [1, 2, 3, 4].map((i) => node.input(i));
    return f.batchNorm(node.input(0), {
      weight: weight as Tensor,
      bias: bias as Tensor,
      runningMean: runningMean as Tensor,
      runningVar: runningVar as Tensor,
      eps: node.float('epsilon', 1e-5),
    });
  },
  InstanceNormalization: (node) =>
    f.instanceNorm(node.input(0), { weight: node.input(1), bias: node.input(2), eps: node.float('epsilon', 1e-5) }),
  LayerNormalization: (node) => {
    const axis = node.axis(node.int('axis', -1));
    const options = { weight: node.input(1), bias: node.optional(2), eps: node.float('epsilon', 1e-5) };
    return f.layerNorm(node.input(0), node.shape(0).slice(axis), options);
  },
  GroupNormalization: (node) => {
    const options = { weight: node.input(1), bias: node.input(2), eps: node.float('epsilon', 1e-5) };
    return f.groupNorm(node.input(0), node.int('num_groups', 1), options);
  },
  LpNormalization: (node) =>
    f.normalize(node.input(0), { p: node.int('p', 2), dim: node.axis(node.int('axis', -1)), eps: 0 }),
  LRN: (node) => {
    const options = { alpha: node.float('alpha', 1e-4), beta: node.float('beta', 0.75), k: node.float('bias', 1) };
    const size = node.int('size', 1);
    node.checked(node.shape(0).map((n, axis) => (axis === 1 ? n + size : n)));
    return f.localResponseNorm(node.input(0), size, options);
  },
  Softmax: (node) => normalized(node, t.softmax),
  LogSoftmax: (node) => normalized(node, t.logSoftmax),
};

interface Windows {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
}

/** Paddings, strides and dilations of windows of a size; `auto_pad` is worked out. */
function windows(node: Node, sizes: readonly number[]): Windows {
  const stride = node.ints('strides') ?? sizes.map(() => 1);
  const dilation = node.ints('dilations') ?? sizes.map(() => 1);
  const pads = node.ints('pads') ?? sizes.flatMap(() => [0, 0]);
  const auto = node.string('auto_pad', 'NOTSET');
  const axes = sizes.length;
  if (axes === 0 || pads.length !== 2 * axes || stride.length !== axes || dilation.length !== axes) {
    throw node.error(`windows of ${axes} axes with ${pads.length} pads and ${stride.length} strides`);
  }
  const padding = sizes.map((_, i) => Math.max((pads[i] as number) + (pads[i + axes] as number), 0));
  node.checked(node.shape(0).map((n, axis) => n + (padding[axis - 2] ?? 0)));
  if (auto === 'VALID') return { before: sizes.map(() => 0), after: sizes.map(() => 0), stride, dilation };
  if (auto === 'NOTSET') return { before: pads.slice(0, axes), after: pads.slice(axes), stride, dilation };
  const totals = sizes.map((size, i) => {
    const [n, s] = [node.shape(0)[i + 2] as number, stride[i] as number];
    return Math.max((Math.ceil(n / s) - 1) * s + (size - 1) * (dilation[i] as number) + 1 - n, 0);
  });
  const [small, large] = [totals.map((n) => Math.floor(n / 2)), totals.map((n) => Math.ceil(n / 2))];
  return auto === 'SAME_LOWER'
    ? { before: large, after: small, stride, dilation }
    : { before: small, after: large, stride, dilation };
}

function padEnds(x: Tensor, before: readonly number[], after: readonly number[], value: number): Tensor {
  return f.pad(
    x,
    before
      .map((n, i) => [n, after[i] as number])
      .reverse()
      .flat(),
    { value },
  );
}

/** The function for one, two or three spatial axes. */
function byAxes<T>(node: Node, functions: readonly [T, T, T]): T {
  const found = functions[node.shape(0).length - 3];
  if (found === undefined)
    throw node.error(`it takes 1 to 3 spatial axes, got the shape [${node.shape(0).join(', ')}]`);
  return found;
}

function spatialAxes(node: Node): readonly number[] {
  return node
    .shape(0)
    .map((_, i) => i)
    .slice(2);
}

/** Before version 13 all axes from `axis` on are one. */
function normalized(node: Node, normalize: (x: Tensor, dim: number) => Tensor): Tensor {
  const x = node.input(0);
  if (node.opset >= 13) return normalize(x, node.axis(node.int('axis', -1)));
  const axis = node.axis(node.int('axis', 1));
  return t.reshape(normalize(t.flatten(x, axis), axis), x.shape);
}
