import { div, eq, mul, type ScatterOperation, sub, type Tensor, where, zeros, zerosLike } from '@gradus/tensor';
import { copy, scatterInPlace, gather as take } from '@gradus/tensor/launch';
import type { Context, OperationOf, Rule, Thunks } from './rule.ts';

export const gather: Rule<OperationOf<'gather'>> = {
  saves: () => ({ inputs: [1] }),
  backward: ({ operation, input, inputShapes }, [g]) => [
    g ? () => scattered(g, input(1), operation.axis, inputShapes[0]) : null,
    null,
  ],
};

export const sort: Rule<OperationOf<'sort'>> = {
  saves: () => ({ outputs: [1] }),
  backward: ({ operation, output, inputShapes }, [g]) => [
    g ? () => scattered(g, output(1), operation.axis, inputShapes[0]) : null,
  ],
};

/** g added into zeros of `shape` at `index`. */
function scattered(g: Tensor, index: Tensor, axis: number, shape: readonly number[] = []): Tensor {
  return scatterInPlace(zeros(shape, { dtype: g.dtype, backend: g.backend }), index, g, axis, 'sum');
}

/** Inputs: what is scattered into, the index, the source. */
export const scatter: Rule<ScatterOperation> = {
  saves({ combine }) {
    return combine === 'replace' || combine === 'sum' ? { inputs: [1] } : { inputs: [0, 1, 2], outputs: [0] };
  },
  backward(context, [g]) {
    return g ? [...backward[context.operation.combine](context, g)] : [];
  },
};

type ScatterBackward = (context: Context<ScatterOperation>, g: Tensor) => Thunks;

const backward: Readonly<Record<ScatterOperation['combine'], ScatterBackward>> = {
  replace: ({ operation: { axis }, input }, g) => [
    () =>
      scatterInPlace(
        copy('clone', g),
        input(1),
        zeros(input(1).shape, { dtype: g.dtype, backend: g.backend }),
        axis,
        'replace',
      ),
    null,
    () => take(g, input(1), axis),
  ],
  sum: ({ operation: { axis }, input }, g) => [() => g, null, () => take(g, input(1), axis)],
  prod: productBackward,
  max: extremeBackward,
  min: extremeBackward,
};

/** result / factor for every factor; a factor 0 gets the product of the others where it is the only 0. */
function productBackward({ operation: { axis }, input, createGraph }: Context<ScatterOperation>, g: Tensor): Thunks {
  const [target, index, source] = [input(0), input(1), input(2)];
  // Zeros count as ones in `others`; more than one zero, or one that isn't the factor itself, makes the product 0.
  const nonZero = (x: Tensor): Tensor => where(eq(x, 0), 1, x);
  const isZero = (x: Tensor): Tensor => where(eq(x, 0), 1, zerosLike(x));
  // 0 everywhere, but a function of the zeros.
  const onlyZeros = (x: Tensor): Tensor => where(eq(x, 0), x, 0);
  const fold = (part: (x: Tensor) => Tensor, combine: 'prod' | 'sum'): Tensor =>
    scatterInPlace(part(target), index, part(source), axis, combine);
  const others = fold(nonZero, 'prod');
  const zeroCount = fold(isZero, 'sum');
  const zeroSum = createGraph ? fold(onlyZeros, 'sum') : null;
  const share = (factor: Tensor, at: (x: Tensor) => Tensor): Tensor => {
    const product = div(at(others), nonZero(factor));
    const otherZeros = sub(at(zeroCount), isZero(factor));
    // For second derivatives: one zero among the others is a factor of their product.
    const otherZero = zeroSum && where(eq(otherZeros, 1), mul(product, sub(at(zeroSum), onlyZeros(factor))), 0);
    return where(eq(otherZeros, 0), product, otherZero ?? 0);
  };
  return [
    () =>
      mul(
        g,
        share(target, (x) => x),
      ),
    null,
    () =>
      mul(
        take(g, index, axis),
        share(source, (x) => take(x, index, axis)),
      ),
  ];
}

/** Everything equal to the result gets an even share. */
function extremeBackward({ operation: { axis }, input, output }: Context<ScatterOperation>, g: Tensor): Thunks {
  const [target, index, source, result] = [input(0), input(1), input(2), output(0)];
  const one = where(eq(target, result), 1, zerosLike(target));
  const sourceTies = eq(source, take(result, index, axis));
  const ties = scatterInPlace(copy('clone', one), index, where(sourceTies, 1, zerosLike(source)), axis, 'sum');
  const shared = div(g, ties);
  return [() => where(eq(target, result), shared, 0), null, () => where(sourceTies, take(shared, index, axis), 0)];
}
