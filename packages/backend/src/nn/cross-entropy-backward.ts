import type { Backend } from '../backend.ts';
import { add, div, eq, exp, mul, select, sub } from '../expression/builder.ts';
import { coordinate, type Expression } from '../expression/expression.ts';
import type { CrossEntropyBackwardKernel } from '../fused.ts';
import { withScratch } from '../scratch.ts';
import { isIgnored } from './cross-entropy.ts';
import { Operands } from './operands.ts';

type Fields = Omit<CrossEntropyBackwardKernel, 'kind' | 'name' | 'decompose'>;

export function crossEntropyBackward(fields: Fields): CrossEntropyBackwardKernel {
  return { kind: 'fused', name: 'crossEntropyBackward', decompose, ...fields };
}

/** With q as `CrossEntropyGeometry` has it: gradient (softmax(input) rowsum(q) - q). Without weights q adds up to 1. */
function decompose(backend: Backend, kernel: CrossEntropyBackwardKernel): void {
  const { gradient, input, target, weight, highest, sum, total, axis, smoothing, outputs } = kernel;
  const { shape } = input.layout;
  const shareOf = (operands: Operands): Expression => {
    const others = operands.number(smoothing / (shape[axis] as number), input);
    const own = add(others, operands.number(1 - smoothing, input));
    const share = select(eq(coordinate(axis), operands.read(target)), own, others);
    return weight === null ? share : mul(share, operands.read(weight));
  };
  withScratch(backend, (allocate) => {
    const operands = new Operands(shape);
    let softmax = div(exp(sub(operands.read(input), operands.read(highest))), operands.read(sum));
    if (weight !== null) {
      const whole = allocate(highest.layout.shape, input.dtype);
      const shares = new Operands(shape);
      shares.reduce(backend, 'sum', whole, shareOf(shares));
      softmax = mul(softmax, operands.read(whole));
    }
    const scale = operands.read(gradient);
    const away = mul(total === null ? scale : div(scale, operands.read(total)), sub(softmax, shareOf(operands)));
    operands.map(backend, outputs, [select(isIgnored(operands, kernel), 0, away)]);
  });
}
