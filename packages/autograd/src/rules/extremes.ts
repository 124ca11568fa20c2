import {
  coordinate,
  type Expression,
  expressions as e,
  input,
  mapProgram,
  plainReduceProgram,
  uniform,
} from '@gradus/backend';
import type { DType, Shape } from '@gradus/storage';
import { div, eq, expand, type Tensor, where } from '@gradus/tensor';
import { copy, map, reduce } from '@gradus/tensor/launch';

/** Every element equal to the extreme gets an even share of the gradient. */
export function shareAmongTies(g: Tensor, x: Tensor, extreme: Tensor, axes: readonly number[]): Tensor {
  const ties = eq(x, extreme);
  const count = reduce('sum', plainReduceProgram('sum', g.dtype), [copy('ties', ties, g.dtype)], axes, extreme.shape);
  return where(ties, div(g, count), 0);
}

/** All of the gradient goes to the element at `index` (flat over the reduced axes, as the launch counts them). */
export function toIndex(g: Tensor, index: Tensor, axes: readonly number[], full: Shape): Tensor {
  const [position, sizes] = flatPosition(axes, full);
  const chosen = e.eq(position, input(1, 'int32'));
  const dtypes: DType[] = [g.dtype, 'int32'];
  const program = mapProgram(
    dtypes,
    sizes.map(() => 'int32'),
    [e.select(chosen, input(0, g.dtype), 0)],
  );
  return map('max backward', program, [expand(g, full), expand(index, full)], sizes);
}

/** The flat index over some axes at the current coordinates, and its uniforms: the sizes of the axes. */
function flatPosition(axes: readonly number[], full: Shape): readonly [Expression, readonly number[]] {
  const [first = 0, ...rest] = axes;
  const position = rest.reduce(
    (flat, axis, i) => e.add(e.mul(flat, uniform(i, 'int32')), coordinate(axis)),
    coordinate(first),
  );
  return [position, rest.map((axis) => full[axis] as number)];
}
