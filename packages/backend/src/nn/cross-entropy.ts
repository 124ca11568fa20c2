import { type DType, expand, type Layout, type Shape } from '@gradus/storage';
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

/** The maximum of a row keeps exp from overflowing: the loss is log(sum) + highest - the target's logit. */
function decompose(backend: Backend, kernel: CrossEntropyKernel): void {
  const { input, weight, outputs } = kernel;
  const [loss, highest, sum, total] = outputs;
  withScratch(backend, (allocate) => {
    softmaxSums(backend, input, highest, sum);
    const classes = knownClasses(backend, kernel, allocate);
    const lookUp = (view: View): View => ofClasses(backend, kernel, view, classes, allocate);
    const counts = weight && lookUp(weight);
    addUpLosses(backend, kernel, { chosen: lookUp(input), counts }, allocate);
    if (total === undefined) return;

    const weights = new Operands(highest.layout.shape);
    const own = counts ? weights.read(counts) : constant(1, input.dtype);
    weights.reduce(backend, 'sum', total, select(isIgnored(weights, kernel), 0, own));
    const mean = new Operands(loss.layout.shape);
    mean.map(backend, [loss], [div(mean.read(loss), mean.read(total))]);
  });
}

type Allocate = (shape: Shape, dtype: DType) => View;

/** Ignored targets may be no valid index: they look up class 0 and count for nothing. */
function knownClasses(backend: Backend, kernel: CrossEntropyKernel, allocate: Allocate): View {
  const { shape } = kernel.target.layout;
  const classes = allocate(shape, 'int32');
  const operands = new Operands(shape);
  operands.map(backend, [classes], [select(isIgnored(operands, kernel), 0, operands.read(kernel.target))]);
  return classes;
}

/** The elements of a view at the class of each row; what is no class is refused. */
function ofClasses(
  backend: Backend,
  { input, axis }: CrossEntropyKernel,
  view: View,
  classes: View,
  allocate: Allocate,
): View {
  const output = allocate(classes.layout.shape, view.dtype);
  const source = withLayout(view, expand(view.layout, input.layout.shape) as Layout);
  dispatch(backend, { kind: 'gather', source, index: classes, output, axis });
  return output;
}

/** Given the targets' logits, and their weights (null for 1). */
function addUpLosses(
  backend: Backend,
  kernel: CrossEntropyKernel,
  { chosen, counts }: { readonly chosen: View; readonly counts: View | null },
  allocate: Allocate,
): void {
  const { input, weight, axis, smoothing, outputs } = kernel;
  const [loss, highest, sum] = outputs;
  const { shape } = input.layout;
  const lossOf = (operands: Operands, x: View, by: View | null): Expression => {
    const own = add(sub(operands.read(highest), operands.read(x)), log(operands.read(sum)));
    return by === null ? own : mul(own, operands.read(by));
  };
  const losses = new Operands(highest.layout.shape);
  let each = lossOf(losses, chosen, counts);
  if (smoothing > 0) {
    const spread = allocate(highest.layout.shape, input.dtype);
    const all = new Operands(shape);
    all.reduce(backend, 'sum', spread, lossOf(all, input, weight));
    const share = mul(losses.read(spread), losses.number(smoothing / (shape[axis] as number), input));
    each = add(mul(each, losses.number(1 - smoothing, input)), share);
  }
  losses.reduce(backend, 'sum', loss, select(isIgnored(losses, kernel), 0, each));
}

/** Whether a row counts for nothing. */
export function isIgnored(
  operands: Operands,
  { target, ignoreIndex }: Pick<CrossEntropyKernel, 'target' | 'ignoreIndex'>,
): Expression {
  return eq(operands.read(target), operands.number(ignoreIndex, target));
}
