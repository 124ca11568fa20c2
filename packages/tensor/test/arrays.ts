import fc from 'fast-check';
import { flip, fromValues, permute, slice, type Tensor } from '../src/index.ts';

/** N-dimensional arrays by plain loops: what ops are compared with. */
export interface NdArray {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: readonly number[];
}

/** All indices of a shape in row-major order. */
export function indicesOf(shape: readonly number[]): readonly (readonly number[])[] {
  return shape.reduce<number[][]>(
    (indices, size) => indices.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

export function build(shape: readonly number[], value: (index: readonly number[]) => number): NdArray {
  return { shape, values: indicesOf(shape).map(value) };
}

/** The element at an index; axes of size 1 (and missing ones in front) broadcast. */
export function at({ shape, values }: NdArray, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return values[
    shape.reduce((flat, size, axis) => flat * size + (size === 1 ? 0 : (own[axis] as number)), 0)
  ] as number;
}

export function arrayOf(x: Tensor): NdArray {
  return { shape: [...x.shape], values: Array.from(x.dataSync()) };
}

/** An array, and a tensor of the same values that lies somehow in memory. */
export interface Sample {
  readonly array: NdArray;
  readonly tensor: () => Tensor;
}

const sizes = fc.integer({ min: 0, max: 3 });

/** Shapes of up to four axes, of 0 to 3 elements. */
export const shapes: fc.Arbitrary<readonly number[]> = fc.array(sizes, { maxLength: 4 });

/** Quarters, which sums and products of a few keep exact in float32. */
const quarters: fc.Arbitrary<number> = fc.integer({ min: -12, max: 12 }).map((n) => n / 4);

/** A sample of a shape: axes in any order in memory, every, or every other element, forwards or backwards. */
export function sampleOf(shape: readonly number[]): fc.Arbitrary<Sample> {
  const size = shape.reduce((a, b) => a * b, 1);
  return fc
    .record({
      values: fc.array(quarters, { minLength: size, maxLength: size }),
      order: fc.shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length },
      ),
      steps: fc.array(fc.constantFrom(1, 1, 2, -1, -2), { minLength: shape.length, maxLength: shape.length }),
    })
    .map(({ values, order, steps }) => {
      const array = { shape, values };
      return { array, tensor: () => placed(array, order, steps) };
    });
}

/** Any sample of any shape. */
export const samples: fc.Arbitrary<Sample> = shapes.chain(sampleOf);

/** The values written where the view that is taken afterwards will read them; 99 elsewhere. */
function placed(array: NdArray, order: readonly number[], steps: readonly number[]): Tensor {
  const { shape } = array;
  const spacing = order.map((axis) => Math.abs(steps[axis] as number));
  const below = order.map((axis, i) => (shape[axis] as number) * (spacing[i] as number));
  const base = build(below, (index) => {
    if (index.some((n, i) => n % (spacing[i] as number) !== 0)) return 99;
    const wanted = shape.map((size, axis) => {
      const n = (index[order.indexOf(axis)] as number) / Math.abs(steps[axis] as number);
      return (steps[axis] as number) < 0 ? size - 1 - n : n;
    });
    return at(array, wanted);
  });
  const turned = permute(
    fromValues(base.values, below),
    shape.map((_, axis) => order.indexOf(axis)),
  );
  return steps.reduce((x, step, axis) => {
    const spaced = slice(x, axis, 0, Number.POSITIVE_INFINITY, Math.abs(step));
    return step < 0 ? flip(spaced, axis) : spaced;
  }, turned);
}
