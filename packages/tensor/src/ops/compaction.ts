import {
  type Backend,
  coordinate,
  expressions as e,
  input,
  type MapProgram,
  mapProgram,
  uniform,
} from '@gradus/backend';
import { filled, generate, map, mapInPlace, scan, scatterInPlace } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { bool } from './conversion.ts';
import { narrow, reshape } from './movement.ts';

/** What the ops share that pick elements by value, and so get a result of unknown size. */

const iotaProgram: MapProgram = mapProgram([], [], [coordinate(0)]);

/** 0, 1, 2 ... int32. */
export function iota(backend: Backend, size: number): Tensor {
  return generate(backend, iotaProgram, [size], []);
}

/** Row-major positions of the `count` elements that aren't 0, in order, int32. */
export function truePositions(x: Tensor, count: number): Tensor {
  return scope(() => {
    const flags = bool(reshape(x, [-1]));
    const [ranks] = scan('sum', map('nonzero', flagProgram, [flags]), 0) as [Tensor];
    // What isn't wanted goes to a place behind the end.
    const targets = map('nonzero', targetProgram, [flags, ranks], [count]);
    const positions = filled(x.backend, [count + 1], 'int32', 0);
    return narrow(scatterInPlace(positions, targets, iota(x.backend, x.size), 0, 'replace'), 0, 0, count);
  });
}

const flagProgram: MapProgram = mapProgram(['bool'], [], [e.cast(input(0, 'bool'), 'int32')]);

const targetProgram: MapProgram = mapProgram(
  ['bool', 'int32'],
  ['int32'],
  [e.select(input(0, 'bool'), e.sub(input(1, 'int32'), 1), uniform(0, 'int32'))],
);

/** 1 where an element differs from the one before it along the axis, and for the first; int32. */
export function startsOfRuns(x: Tensor, axis: number): Tensor {
  const starts = filled(x.backend, x.shape, 'int32', 1);
  const rest = (x.shape[axis] as number) - 1;
  if (rest < 1) return starts;
  const program = mapProgram([x.dtype, x.dtype], [], [e.cast(e.ne(input(0, x.dtype), input(1, x.dtype)), 'int32')]);
  scope(() => {
    const [next, previous] = [narrow(x, axis, 1, rest), narrow(x, axis, 0, rest)];
    mapInPlace('unique', program, [next, previous], narrow(starts, axis, 1, rest));
  });
  return starts;
}
