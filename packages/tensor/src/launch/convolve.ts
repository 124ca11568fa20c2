import type { ConvolutionGeometry } from '@gradus/backend';
import { convolution, convolutionInput, convolutionWeight } from '@gradus/backend/nn';
import type { Shape } from '@gradus/storage';
import type { GradientRule } from '../operation.ts';
import type { Tensor } from '../tensor.ts';
import { launchFused } from './fused.ts';
import { transform } from './transform.ts';

/**
 * The convolution's three forms, each linear in both operands: (input, weight) -> output, (gradient, weight) -> input,
 * (gradient, input) -> weight.
 */
type Form = 'convolution' | 'convolutionInput' | 'convolutionWeight';

/** One of the convolution's forms; `shape` is the result's. */
export function convolve(form: Form, a: Tensor, b: Tensor, geometry: ConvolutionGeometry, shape: Shape): Tensor {
  if (transform?.takes([a, b])) return transform.convolve(form, a, b, geometry, shape);
  const [result] = launchFused(form, [a, b], [[shape, a.dtype]], ruleOf(form, geometry), ([output]) => {
    const rest = { output: output as Tensor, geometry };
    if (form === 'convolution') return convolution({ input: a, weight: b, ...rest });
    if (form === 'convolutionInput') return convolutionInput({ gradient: a, weight: b, ...rest });
    return convolutionWeight({ gradient: a, input: b, ...rest });
  });
  return result as Tensor;
}

/** Bilinear: the gradient of each operand reads the other, and is another form. */
function ruleOf(form: Form, geometry: ConvolutionGeometry): GradientRule {
  return {
    saves: ([first, second]) => ({ inputs: [...(second ? [0] : []), ...(first ? [1] : [])] }),
    backward({ input, inputShapes }, [g]) {
      if (!g) return [];
      const [ofFirst, ofSecond] = inputShapes as [Shape, Shape];
      const other = (as: Form, x: Tensor, y: Tensor, shape: Shape): Tensor => convolve(as, x, y, geometry, shape);
      if (form === 'convolution') {
        return [
          () => other('convolutionInput', g, input(1), ofFirst),
          () => other('convolutionWeight', g, input(0), ofSecond),
        ];
      }
      if (form === 'convolutionInput') {
        return [
          () => other('convolution', g, input(1), ofFirst),
          () => other('convolutionWeight', input(0), g, ofSecond),
        ];
      }
      return [() => other('convolution', input(1), g, ofFirst), () => other('convolutionInput', input(0), g, ofSecond)];
    },
  };
}
