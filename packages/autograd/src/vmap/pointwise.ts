import {
  coordinate,
  type Expression,
  type MapProgram,
  mapProgram,
  type ReduceProgram,
  reduceProgram,
  substitute,
} from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import * as launch from '@gradus/tensor/launch';
import { type Level, withBatch } from './level.ts';
import { type Rules, rule } from './rule.ts';
import { overwritten, writable } from './writable.ts';

/** Launches whose operands broadcast together: the batch is one more axis in front, and the axes of a program follow. */
export const pointwise: Pick<
  Rules,
  'map' | 'mapMany' | 'mapInPlace' | 'updateInPlace' | 'reduce' | 'reduceWithIndices'
> = {
  map: rule((level, name, program, inputs, uniforms) =>
    level.wrap(launch.map(name, shifted(program), aligned(level, inputs), uniforms)),
  ),

  mapMany: rule((level, name, program, inputs, uniforms) =>
    launch.mapMany(name, shifted(program), aligned(level, inputs), uniforms).map((output) => level.wrap(output)),
  ),

  mapInPlace: rule((level, name, program, inputs, target, uniforms) => {
    const physical = writable(level, name, target);
    const operands = inputs.map((x) => level.aligned(x, target.ndim));
    launch.mapInPlace(name, shifted(program), operands, physical, uniforms);
    return overwritten(level, target, physical);
  }),

  updateInPlace: rule((level, program, inputs, targets, uniforms) => {
    const physicals = targets.map((target) => writable(level, 'update', target));
    const rank = (targets[0] as Tensor).ndim;
    launch.updateInPlace(
      shifted(program),
      inputs.map((x) => level.aligned(x, rank)),
      physicals,
      uniforms,
    );
    targets.forEach((target, i) => {
      overwritten(level, target, physicals[i] as Tensor);
    });
  }),

  reduce: rule((level, name, program, inputs, axes, shape, uniforms) =>
    level.wrap(
      launch.reduce(
        name,
        shiftedReduction(program),
        aligned(level, inputs, axes.length > 0 ? 1 : 0),
        axes.map(next),
        withBatch(level, shape),
        uniforms,
      ),
    ),
  ),

  reduceWithIndices: rule((level, name, program, x, axes, shape) => {
    const { values, indices } = launch.reduceWithIndices(
      name,
      shiftedReduction(program),
      level.aligned(x, Math.max(x.ndim, 1)),
      // A scalar is a line of one element.
      x.ndim === 0 ? [1] : axes.map(next),
      withBatch(level, shape),
    );
    return { values: level.wrap(values), indices: level.wrap(indices) };
  }),
};

/** Scalars that are folded along an axis need one, so there is a least rank. */
function aligned(level: Level, inputs: readonly Tensor[], least = 0): readonly Tensor[] {
  const rank = Math.max(least, ...inputs.map((x) => x.ndim));
  return inputs.map((x) => level.aligned(x, rank));
}

const next = (axis: number): number => axis + 1;

const maps = new WeakMap<MapProgram, MapProgram>();
const reductions = new WeakMap<ReduceProgram, ReduceProgram>();

/** The program with its coordinates counted past the batch. */
function shifted(program: MapProgram): MapProgram {
  if (!program.usesCoordinates) return program;
  let found = maps.get(program);
  if (found === undefined) {
    found = mapProgram(program.inputs, program.uniforms, shiftCoordinates(program.outputs));
    maps.set(program, found);
  }
  return found;
}

function shiftedReduction(program: ReduceProgram): ReduceProgram {
  if (!program.usesCoordinates) return program;
  let found = reductions.get(program);
  if (found === undefined) {
    const { inputs, uniforms, fold, body, finish } = program;
    found = reduceProgram(inputs, uniforms, fold, shiftCoordinates([body])[0] as Expression, finish);
    reductions.set(program, found);
  }
  return found;
}

function shiftCoordinates(roots: readonly Expression[]): readonly Expression[] {
  return substitute(roots, (node) => (node.kind === 'coordinate' ? coordinate(node.axis + 1) : undefined));
}
