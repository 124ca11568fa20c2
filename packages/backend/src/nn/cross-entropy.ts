import { expand, type Layout } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import { dispatch } from '../dispatch.ts';
import { add, div, eq, log, mul, select, sub } from '../expression/builder.ts';
import { constant, type Expression } from '../expression/expression.ts';
import type { CrossEntropyKernel } from '../fused.ts';
import type { View } from '../kernel.ts';
import { withLayout, withScratch } from '../scratch.ts';
import { Operands } from './operands.ts';
import { softmaxSums } from './softmax-sums.ts';

type Fields = Omit<CrossEntropyKernel, 'kind' | 'name' | 'decompose'>;

export function crossEntropy(fields: Fields): CrossEntropyKernel {
  return { kind: 'fused', name: 'crossEntropy', decompose, ...fields };
}

/** Gather finds the logits of the targets, and refuses what is no class. */
function decompose(backend: Backend, kernel: CrossEntropyKernel): void {
  const { input, target, weight, axis, smoothing, outputs } = kernel;
  const [loss, highest, sum, total] = outputs;
  const { dtype, layout } = input;
  const rows = highest.layout.shape;
  withScratch(backend, (allocate) => {
    softmaxSums(backend, input, highest, sum);
    // Ignored targets may be no valid index: they look up class 0 and count for nothing.
    const classes = allocate(rows, 'int32');
    const looked = new Operands(rows);
    looked.map(backend, [classes], [select(isIgnored(looked, kernel), 0, looked.read(target))]);
    const ofTarget = (source: View): View => {
      const output = allocate(rows, dtype);
      const whole = withLayout(source, expand(source.layout, layout.shape) as Layout);
      dispatch(backend, { kind: 'gather', source: whole, index: classes, output, axis });
      return output;
    };
    const counts = weight && ofTarget(weight);
    const below = (operands: Operands, x: View): Expression =>
      add(sub(operands.read(highest), operands.read(x)), log(operands.read(sum)));

    const losses = new Operands(rows);
    const weighted = (operands: Operands, value: Expression, by: View | null): Expression =>
      by === null ? value : mul(value, operands.read(by));
    let each = weighted(losses, below(losses, ofTarget(input)), counts);
    if (smoothing > 0) {
      const spread = allocate(rows, dtype);
      const all = new Operands(layout.shape);
      all.reduce(backend, 'sum', spread, weighted(all, below(all, input), weight));
      const share = mul(losses.read(spread), losses.number(smoothing / (layout.shape[axis] as number), input));
      each = add(mul(each, losses.number(1 - smoothing, input)), share);
    }
    losses.reduce(backend, 'sum', loss, select(isIgnored(losses, kernel), 0, each));
    if (total === undefined) return;

    const weights = new Operands(rows);
    const own = counts === null ? constant(1, dtype) : weights.read(counts);
    weights.reduce(backend, 'sum', total, select(isIgnored(weights, kernel), 0, own));
    const mean = new Operands(loss.layout.shape);
    mean.map(backend, [loss], [div(mean.read(loss), mean.read(total))]);
  });
}

/** Whether a row counts for nothing. */
export function isIgnored(
  operands: Operands,
  { target, ignoreIndex }: Pick<CrossEntropyKernel, 'target' | 'ignoreIndex'>,
): Expression {
  return eq(operands.read(target), operands.number(ignoreIndex, target));
}
