import { withRule } from '../launch/custom.ts';
import { scope } from '../memory.ts';
import type { GradientRule } from '../operation.ts';
import type { Unary } from '../ops/pointwise/define.ts';
import { mul } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';

/** A function of one tensor, element by element. */
export type Elementwise = (x: Tensor) => Tensor;

/** A pointwise op whose derivative is given in x and the result, as ops that can be differentiated again. */
export function withDerivative(name: string, op: Unary, derivative: (x: Tensor, y: Tensor) => Tensor): Elementwise {
  const rule: GradientRule = {
    saves: { inputs: [0], outputs: [0] },
    backward: ({ input, output }, [g]) => [g ? () => mul(g, derivative(input(0), output(0))) : null],
  };
  return (x) => scope(() => withRule(name, [x], rule, () => [op(x)])[0] as Tensor);
}
