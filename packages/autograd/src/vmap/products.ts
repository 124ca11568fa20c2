import { type Shape, sizeOf } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import * as launch from '@gradus/tensor/launch';
import { type Level, withBatch } from './level.ts';
import { type Rules, rule } from './rule.ts';

/** Kernels that have a batch axis of their own, or channel groups, which the examples become. */
export const products: Pick<Rules, 'convolve' | 'matmul' | 'maxPool'> = {
  matmul: rule((level, a, b, batch) => {
    if (!level.has(b) && b.ndim === 2 && a.ndim === batch.length + 2)
      return level.wrap(multiplyRows(level, a, b, batch));
    const rank = batch.length + 2;
    return level.wrap(launch.matmul(level.aligned(a, rank), level.aligned(b, rank), withBatch(level, batch)));
  }),

  convolve: rule((level, kind, a, b, geometry, shape) => {
    // The same weight for all: examples are more of the kernel's own batch.
    if (kind !== 'convolutionWeight' && !level.has(b)) {
      const result = launch.convolve(kind, mergeFirst(level.all(a)), b, geometry, merged(level, shape));
      return level.wrap(splitFirst(level, result));
    }
    const grouped = { ...geometry, groups: geometry.groups * level.size };
    if (kind === 'convolutionWeight') {
      const operands = [channels(level, a), channels(level, b)] as const;
      return level.wrap(splitFirst(level, launch.convolve(kind, ...operands, grouped, merged(level, shape))));
    }
    const [count, width, ...plane] = shape as [number, number, ...number[]];
    const weight = mergeFirst(level.all(b));
    const result = launch.convolve(kind, channels(level, a), weight, grouped, [count, level.size * width, ...plane]);
    return level.wrap(swapFirst(reshape(result, [count, level.size, width, ...plane])));
  }),

  maxPool: rule((level, x, window, geometry, shape) => {
    const { values, indices } = launch.maxPool(mergeFirst(level.all(x)), window, geometry, merged(level, shape));
    return { values: level.wrap(splitFirst(level, values)), indices: level.wrap(splitFirst(level, indices)) };
  }),
};

/** One matrix for all examples: their rows together are the rows of one product. */
function multiplyRows(level: Level, a: Tensor, b: Tensor, batch: Shape): Tensor {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const rows = reshape(level.all(a), [sizeOf(withBatch(level, batch)) * m, k]);
  return reshape(launch.matmul(rows, b, []), [level.size, ...batch, m, b.shape[1] as number]);
}

/** [N, C, ...] of every example as [N, batch * C, ...]. */
function channels(level: Level, x: Tensor): Tensor {
  const [count, width, ...plane] = x.shape as [number, number, ...number[]];
  return reshape(swapFirst(level.all(x)), [count, level.size * width, ...plane]);
}

/** [batch, n, ...] as [batch * n, ...]. */
function mergeFirst(x: Tensor): Tensor {
  const [batch, n, ...rest] = x.shape as [number, number, ...number[]];
  return reshape(x, [batch * n, ...rest]);
}

function splitFirst(level: Level, x: Tensor): Tensor {
  const [n, ...rest] = x.shape as [number, ...number[]];
  return reshape(x, [level.size, n / level.size, ...rest]);
}

function merged(level: Level, [n, ...rest]: Shape): Shape {
  return [level.size * (n as number), ...rest];
}

function swapFirst(x: Tensor): Tensor {
  return launch.view(x, { type: 'permute', axes: [1, 0, ...[...x.shape.keys()].slice(2)] });
}

function reshape(x: Tensor, shape: Shape): Tensor {
  return launch.view(x, { type: 'reshape', shape });
}
