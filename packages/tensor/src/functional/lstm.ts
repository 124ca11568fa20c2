import { lstm } from '@gradus/backend/nn';
import { formatShape, isFloat, resultType, ShapeError } from '@gradus/storage';
import { casting } from '../casting.ts';
import { copy, launchFused, transform } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { stack } from '../ops/joining.ts';
import type { Tensor } from '../tensor.ts';
import { lstmRule } from './lstm-gradient.ts';
import { lstmSteps } from './lstm-steps.ts';

export interface LstmOptions {
  /** From the last step to the first. */
  readonly reverse?: boolean;
}

type Inputs = [x: Tensor, weight: Tensor, hidden: Tensor, cell: Tensor];

/**
 * All steps of a layer of long short-term memory (Hochreiter & Schmidhuber 1997). `x` [T, N, 4 H] are the inputs times their
 * weights, with all biases; `weight` [4 H, H] and the states [N, H] are as in torch.nn.LSTM: gates i, f, g, o. Gives h and c after
 * every step, [T, N, H] each.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html
 */
export function lstmSequence(
  x: Tensor,
  weight: Tensor,
  hidden: Tensor,
  cell: Tensor,
  options: LstmOptions = {},
): { readonly hidden: Tensor; readonly cells: Tensor } {
  const { reverse = false } = options;
  const given = [x, weight, hidden, cell];
  assertShapes(given);
  return scope(() => {
    const dtype = resultType(...given);
    const inputs = given.map((part) => (part.dtype === dtype ? part : copy('lstm', part, dtype))) as Inputs;
    if (casting !== null || transform?.takes(inputs) || !isFloat(dtype) || inputs.some(({ size }) => size === 0)) {
      const steps = lstmSteps(...inputs, reverse);
      return { hidden: stack(steps.map(({ h }) => h)), cells: stack(steps.map(({ c }) => c)) };
    }
    const states = [...x.shape.slice(0, 2), hidden.shape[1] as number];
    const results = [states, states, x.shape].map((shape) => [shape, dtype] as const);
    const [hiddens, cells] = launchFused('lstm', inputs, results, lstmRule(reverse), (outputs) => {
      const [input, factor, h, c] = inputs;
      return lstm({ input, weight: factor, hidden: h, cell: c, reverse, outputs: outputs as [Tensor, Tensor, Tensor] });
    });
    return { hidden: hiddens as Tensor, cells: cells as Tensor };
  });
}

function assertShapes(inputs: readonly Tensor[]): void {
  const [x, weight, hidden, cell] = inputs.map(({ shape }) => shape) as [number[], number[], number[], number[]];
  const [, batch, gates] = x;
  const width = (gates as number) / 4;
  const fits = (shape: readonly number[], ...wanted: (number | undefined)[]): boolean =>
    shape.length === wanted.length && wanted.every((n, axis) => n === shape[axis]);
  if (x.length === 3 && fits(weight, gates, width) && fits(hidden, batch, width) && fits(cell, batch, width)) return;
  const shapes = [x, weight, hidden, cell].map(formatShape).join(', ');
  throw new ShapeError(`lstmSequence: needs [T, N, 4 H], weight [4 H, H] and states [N, H], got ${shapes}`);
}
