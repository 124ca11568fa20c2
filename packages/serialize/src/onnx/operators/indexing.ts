import type { Tensor } from '@gradus/tensor';
import * as t from '@gradus/tensor';
import type { Node, Operator } from '../node.ts';

/** Operators that pick elements by index. Negative indices count from the end. */
export const indexing: Readonly<Record<string, Operator>> = {
  Gather: (node) => {
    const x = node.input(0);
    const axis = node.axis(node.int('axis', 0));
    const index = fromFront(node.input(1), x.shape[axis] as number);
    const picked = t.indexSelect(x, axis, t.reshape(index, [-1]));
    return t.reshape(picked, [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)]);
  },
  GatherElements: (node) => {
    const x = node.input(0);
    const axis = node.axis(node.int('axis', 0));
    return t.gather(x, axis, fromFront(node.input(1), x.shape[axis] as number));
  },
  GatherND: (node) => {
    if (node.int('batch_dims', 0) !== 0) throw node.error('batch_dims are not supported');
    const [x, index] = [node.input(0), node.input(1)];
    const depth = index.shape.at(-1) as number;
    const rows = t.indexSelect(t.flatten(x, 0, depth - 1), 0, flatIndex(x.shape, index));
    return t.reshape(rows, [...index.shape.slice(0, -1), ...x.shape.slice(depth)]);
  },
  ScatterElements: (node) => {
    const x = node.input(0);
    const axis = node.axis(node.int('axis', 0));
    const index = fromFront(node.input(1), x.shape[axis] as number);
    return scatter(node, x, axis, index, node.input(2));
  },
  ScatterND: (node) => {
    const [x, index, updates] = [node.input(0), node.input(1), node.input(2)];
    const depth = index.shape.at(-1) as number;
    const rest = x.shape.slice(depth).reduce((product, n) => product * n, 1);
    const rows = flatIndex(x.shape, index);
    const at = t.expand(t.reshape(rows, [-1, 1]), [rows.size, rest]);
    const flat = t.reshape(x, [-1, rest]);
    return t.reshape(scatter(node, flat, 0, at, t.reshape(updates, [rows.size, rest])), x.shape);
  },
  OneHot: (node) => {
    const depth = node.numbers(1)?.[0] ?? 0;
    const [off = 0, on = 1] = node.numbers(2) ?? [];
    const { dtype } = node.input(2);
    const index = fromFront(t.int(node.input(0)), depth);
    node.checked([...index.shape, depth]);
    const rank = index.ndim + 1;
    const axis = node.axis(node.int('axis', -1), rank);
    const classes = t.arange(0, depth, 1, { dtype: 'int32', backend: index.backend });
    const hot = t.eq(
      t.unsqueeze(index, axis),
      t.reshape(
        classes,
        Array.from({ length: rank }, (_, i) => (i === axis ? depth : 1)),
      ),
    );
    return t.to(t.where(hot, on, t.fullLike(hot, off, { dtype: 'float32' })), dtype);
  },
};

function fromFront(index: Tensor, size: number): Tensor {
  const integers = t.int(index);
  return t.where(t.lt(integers, 0), t.add(integers, size), integers);
}

/** The row of x's first axes, merged, that each of the last axis's tuples means; one axis. */
function flatIndex(shape: readonly number[], index: Tensor): Tensor {
  const depth = index.shape.at(-1) as number;
  const rows = t.reshape(index, [-1, depth]);
  return shape
    .slice(0, depth)
    .reduce<Tensor>(
      (flat, size, axis) => t.add(t.mul(flat, size), fromFront(t.select(rows, 1, axis), size)),
      t.zeros([rows.shape[0] as number], { dtype: 'int32', backend: index.backend }),
    );
}

function scatter(node: Node, x: Tensor, axis: number, index: Tensor, updates: Tensor): Tensor {
  const reduction = node.string('reduction', 'none');
  switch (reduction) {
    case 'none':
      return t.scatter(x, axis, index, updates);
    case 'add':
      return t.scatterAdd(x, axis, index, updates);
    case 'mul':
      return t.scatterReduce(x, axis, index, updates, 'prod');
    case 'max':
      return t.scatterReduce(x, axis, index, updates, 'amax');
    case 'min':
      return t.scatterReduce(x, axis, index, updates, 'amin');
    default:
      throw node.error(`the reduction '${reduction}' is unknown`);
  }
}
