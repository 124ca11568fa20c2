import { broadcastShapes } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import * as t from '@gradus/tensor';
import { pad } from '@gradus/tensor/functional';
import type { Node, Operator } from '../node.ts';

/** Operators that rearrange elements. */
export const movement: Readonly<Record<string, Operator>> = {
  Reshape: (node) => {
    const wanted = node.integers(1, 'shape');
    if (wanted === null) throw node.error('it has no shape');
    const keepsZero = node.int('allowzero', 0) === 1;
    const shape = wanted.map((n, i) => (n === 0 && !keepsZero ? (node.shape(0)[i] ?? 0) : n));
    return t.reshape(node.input(0), shape);
  },
  Flatten: (node) => {
    const shape = node.shape(0);
    const axis = node.int('axis', 1);
    const cut = axis < 0 ? axis + shape.length : axis;
    const size = (sizes: readonly number[]): number => sizes.reduce((product, n) => product * n, 1);
    return t.reshape(node.input(0), [size(shape.slice(0, cut)), size(shape.slice(cut))]);
  },
  Transpose: (node) =>
    t.permute(
      node.input(0),
      node.ints('perm') ??
        node
          .shape(0)
          .map((_, i) => i)
          .reverse(),
    ),
  Squeeze: (node) => {
    const shape = node.shape(0);
    const axes =
      node.integers(1, 'axes')?.map((axis) => node.axis(axis)) ?? shape.flatMap((n, i) => (n === 1 ? [i] : []));
    if (axes.some((axis) => shape[axis] !== 1))
      throw node.error(`axes ${axes.join(', ')} of [${shape.join(', ')}] are not all 1`);
    return t.reshape(
      node.input(0),
      shape.filter((_, i) => !axes.includes(i)),
    );
  },
  Unsqueeze: (node) => {
    const axes = node.integers(1, 'axes') ?? [];
    const rank = node.shape(0).length + axes.length;
    const added = axes.map((axis) => node.axis(axis, rank));
    const shape: number[] = [];
    let next = 0;
    for (let i = 0; i < rank; i++) shape.push(added.includes(i) ? 1 : (node.shape(0)[next++] as number));
    return t.reshape(node.input(0), shape);
  },
  Expand: (node) => {
    const shape = broadcastShapes('Expand', node.shape(0), node.checked(node.numbers(1) ?? []));
    node.checked(shape);
    return t.expand(node.input(0), shape);
  },
  Tile: (node) => {
    const counts = node.numbers(1) ?? [];
    node.checked(node.shape(0).map((n, i) => n * (counts[i] ?? 1)));
    return t.tile(node.input(0), counts);
  },
  Concat: (node) => t.cat(node.inputs(), { dim: node.int('axis', 0) }),
  Split: (node) => split(node),
  Slice: (node) => slice(node),
  Pad: (node) => padded(node),
  Trilu: (node) => {
    const options = { diagonal: node.numbers(1)?.[0] ?? 0 };
    return node.int('upper', 1) === 1 ? t.triu(node.input(0), options) : t.tril(node.input(0), options);
  },
  DepthToSpace: (node) => {
    const [n, c, h, w] = node.shape(0) as [number, number, number, number];
    const b = node.int('blocksize', 1);
    const columnsFirst = node.string('mode', 'DCR') === 'CRD';
    const split = columnsFirst ? [n, c / b ** 2, b, b, h, w] : [n, b, b, c / b ** 2, h, w];
    const parts = t.permute(t.reshape(node.input(0), split), columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
    return t.reshape(parts, [n, c / b ** 2, h * b, w * b]);
  },
  SpaceToDepth: (node) => {
    const [n, c, h, w] = node.shape(0) as [number, number, number, number];
    const b = node.int('blocksize', 1);
    const parts = t.permute(t.reshape(node.input(0), [n, c, h / b, b, w / b, b]), [0, 3, 5, 1, 2, 4]);
    return t.reshape(parts, [n, c * b * b, h / b, w / b]);
  },
};

function split(node: Node): readonly Tensor[] {
  const axis = node.axis(node.int('axis', 0));
  const size = node.shape(0)[axis] as number;
  const count = node.proto.outputs.length;
  const each = Math.ceil(size / count);
  const sizes = node.integers(1, 'split') ?? Array.from({ length: count }, (_, i) => Math.min(each, size - i * each));
  if (sizes.reduce((sum, n) => sum + n, 0) !== size)
    throw node.error(`parts of ${sizes.join(', ')} don't make ${size}`);
  let start = 0;
  return sizes.map((length) => {
    const part = t.narrow(node.input(0), axis, start, length);
    start += length;
    return part;
  });
}

function slice(node: Node): Tensor {
  const starts = node.integers(1, 'starts');
  const ends = node.integers(2, 'ends');
  if (starts === null || ends === null) throw node.error('it has no starts or ends');
  const axes = node.integers(3, 'axes') ?? starts.map((_, i) => i);
  const steps = node.numbers(4) ?? starts.map(() => 1);
  return axes.reduce((x, given, i) => {
    const axis = node.axis(given);
    return sliceAxis(node, x, axis, [starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1]);
  }, node.input(0));
}

/** Bounds count from the end where they are negative, and are cut to the axis. */
function sliceAxis(node: Node, x: Tensor, axis: number, [start, end, step]: readonly [number, number, number]): Tensor {
  const size = x.shape[axis] as number;
  const bound = (value: number, low: number, high: number): number =>
    Math.min(Math.max(value < 0 ? value + size : value, low), high);
  if (step === 0) throw node.error('a step of 0');
  if (step > 0) {
    const from = bound(start, 0, size);
    return t.slice(x, axis, from, Math.max(bound(end, 0, size), from), step);
  }
  // Backwards: the same elements of the flipped axis.
  const from = size - 1 - bound(start, -1, size - 1);
  const to = size - 1 - bound(end, -1, size - 1);
  return t.slice(t.flip(x, [axis]), axis, from, Math.max(to, from), -step);
}

const modes: Readonly<Record<string, 'constant' | 'reflect' | 'replicate' | 'circular'>> = {
  constant: 'constant',
  reflect: 'reflect',
  edge: 'replicate',
  wrap: 'circular',
};

function padded(node: Node): Tensor {
  const shape = node.shape(0);
  const pads = node.integers(1, 'pads') ?? [];
  const given = node.numbers(3) ?? shape.map((_, i) => i);
  const mode = modes[node.string('mode', 'constant')];
  if (mode === undefined || pads.length !== 2 * given.length) throw node.error('its mode or number of pads is unknown');
  const axes = given.map((axis) => node.axis(axis));
  // From the last axis on, as `pad` has it; reflections take only axes that have a padding.
  const pairs = shape.map((_, axis) => {
    const i = axes.indexOf(axis);
    return i < 0 ? [0, 0] : [pads[i] as number, pads[i + axes.length] as number];
  });
  node.checked(shape.map((n, axis) => n + (pairs[axis]?.[0] ?? 0) + (pairs[axis]?.[1] ?? 0)));
  const first = pairs.findIndex(([before, after]) => before !== 0 || after !== 0);
  if (first < 0) return t.clone(node.input(0));
  return pad(node.input(0), pairs.slice(first).reverse().flat(), {
    mode,
    value: node.numbers(2)?.[0] ?? node.float('value', 0),
  });
}
