import type { Tensor } from '@gradus/tensor';
import * as launch from '@gradus/tensor/launch';
import type { Level } from './level.ts';
import { type Rules, rule } from './rule.ts';
import { overwritten, writable } from './writable.ts';

/** Launches along one axis: it is one further to the right, and operands that are the same for all are repeated. */
export const alongAxis: Pick<Rules, 'cat' | 'gather' | 'scan' | 'scatterInPlace' | 'softmax' | 'sort' | 'split'> = {
  cat: rule((level, parts, axis) =>
    level.wrap(
      launch.cat(
        parts.map((part) => level.all(part)),
        axis + 1,
      ),
    ),
  ),

  gather: rule((level, source, index, axis) =>
    level.wrap(launch.gather(level.all(source), level.all(index), axis + 1)),
  ),

  scan: rule((level, op, x, axis) =>
    launch.scan(op, line(level, x), axis + 1).map((output) => level.wrap(like(level, output, x))),
  ),

  scatterInPlace: rule((level, target, index, source, axis, combine) => {
    const physical = writable(level, 'scatter', target);
    launch.scatterInPlace(physical, level.all(index), level.all(source), axis + 1, combine);
    return overwritten(level, target, physical);
  }),

  softmax: rule((level, x, axis, log) => level.wrap(like(level, launch.softmax(line(level, x), axis + 1, log), x))),

  sort: rule((level, x, axis, descending, stable) => {
    const { values, indices } = launch.sort(line(level, x), axis + 1, descending, stable);
    return { values: level.wrap(like(level, values, x)), indices: level.wrap(like(level, indices, x)) };
  }),

  split: rule((level, x, sizes, axis) => launch.split(level.all(x), sizes, axis + 1).map((part) => level.wrap(part))),
};

/** Scalars have no axis to go along: they are lines of one element. */
function line(level: Level, x: Tensor): Tensor {
  return x.ndim === 0 ? launch.view(level.all(x), { type: 'reshape', shape: [level.size, 1] }) : level.all(x);
}

function like(level: Level, result: Tensor, x: Tensor): Tensor {
  return x.ndim === 0 ? launch.view(result, { type: 'reshape', shape: [level.size] }) : result;
}
