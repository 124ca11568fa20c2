import { expressions as e, input as leaf, plainReduceProgram, reduceProgram } from '@gradus/backend';
import type { Shape } from '@gradus/storage';
import { type ConvolutionOperation, exp, mul, reshape, sub, type Tensor, zeros } from '@gradus/tensor';
import { convolve, reduce, reducedShape, scatterInPlace } from '@gradus/tensor/launch';
import type { OperationOf, Rule } from './rule.ts';

export const softmax: Rule<OperationOf<'softmax'>> = {
  saves: () => ({ outputs: [0] }),
  backward({ operation: { axis, log }, output }, [g]) {
    if (!g) return [];
    const kept = reducedShape(g.shape, [axis], true);
    if (log) {
      const total = (): Tensor => reduce('sum', plainReduceProgram('sum', g.dtype), [g], [axis], kept);
      return [() => sub(g, mul(exp(output(0)), total()))];
    }
    const products = reduceProgram([g.dtype, g.dtype], [], 'sum', e.mul(leaf(0, g.dtype), leaf(1, g.dtype)));
    return [() => mul(output(0), sub(g, reduce('sum', products, [g, output(0)], [axis], kept)))];
  },
};

/** (input, weight) -> output. */
export const convolution: Rule<ConvolutionOperation> = {
  saves: saveOther,
  backward: ({ operation: { geometry }, input, inputShapes: [x, w] }, [g]) =>
    g
      ? [
          () => convolve('convolutionInput', g, input(1), geometry, x as Shape),
          () => convolve('convolutionWeight', g, input(0), geometry, w as Shape),
        ]
      : [],
};

/** (gradient, weight) -> input: the transposed convolution. */
export const convolutionInput: Rule<ConvolutionOperation> = {
  saves: saveOther,
  backward: ({ operation: { geometry }, input, inputShapes: [gradient, w] }, [g]) =>
    g
      ? [
          () => convolve('convolution', g, input(1), geometry, gradient as Shape),
          () => convolve('convolutionWeight', input(0), g, geometry, w as Shape),
        ]
      : [],
};

/** (gradient, input) -> weight. */
export const convolutionWeight: Rule<ConvolutionOperation> = {
  saves: saveOther,
  backward: ({ operation: { geometry }, input, inputShapes: [gradient, x] }, [g]) =>
    g
      ? [
          () => convolve('convolution', input(1), g, geometry, gradient as Shape),
          () => convolve('convolutionInput', input(0), g, geometry, x as Shape),
        ]
      : [],
};

/** Bilinear: the gradient of each operand reads the other. */
function saveOther(_: ConvolutionOperation, [first, second]: readonly boolean[]): { inputs: readonly number[] } {
  return { inputs: [...(second ? [0] : []), ...(first ? [1] : [])] };
}

/** The gradient of each maximum goes to the element that it came from. */
export const maxPool: Rule<OperationOf<'maxPool'>> = {
  saves: () => ({ outputs: [1] }),
  backward({ output, inputShapes }, [g]) {
    if (!g) return [];
    const shape = inputShapes[0] as Shape;
    const [batch, channels] = shape as [number, number];
    return [
      () => {
        const plane = zeros([batch, channels, shape.slice(2).reduce((a, b) => a * b, 1)], {
          dtype: g.dtype,
          backend: g.backend,
        });
        const flat = [batch, channels, -1];
        return reshape(scatterInPlace(plane, reshape(output(1), flat), reshape(g, flat), 2, 'sum'), shape);
      },
    ];
  },
};
