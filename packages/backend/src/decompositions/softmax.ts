import { expand, type Layout } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import { div, exp, log, sub } from '../expression/builder.ts';
import { input } from '../expression/expression.ts';
import { mapProgram, plainReduceProgram, reduceProgram } from '../expression/program.ts';
import type { SoftmaxKernel } from '../fused.ts';
import type { View } from '../kernel.ts';
import { withLayout, withScratch } from '../scratch.ts';

/** exp(x - max) / sum(exp(x - max)), or x - max - log(sum): the maximum keeps exp from overflowing. */
export function softmax(backend: Backend, kernel: SoftmaxKernel): void {
  const { input: x, output, axis } = kernel;
  const { dtype, layout } = x;
  withScratch(backend, (allocate) => {
    const reduced = layout.shape.map((n, i) => (i === axis ? 1 : n));
    const [highest, total] = [allocate(reduced, dtype), allocate(reduced, dtype)];
    const axes = [axis];
    const max = plainReduceProgram('max', dtype);
    backend.launch({ kind: 'reduce', program: max, inputs: [x], output: highest, axes, uniforms: [] });
    const spread = (view: View): View => withLayout(view, expand(view.layout, layout.shape) as Layout);
    const inputs = [x, spread(highest)];
    const [a, m, s] = [input(0, dtype), input(1, dtype), input(2, dtype)];
    const shifted = sub(a, m);
    const sum = reduceProgram([dtype, dtype], [], 'sum', exp(shifted));
    backend.launch({ kind: 'reduce', program: sum, inputs, output: total, axes, uniforms: [] });
    const result = kernel.log ? sub(shifted, log(s)) : div(exp(shifted), s);
    const program = mapProgram([dtype, dtype, dtype], [], [result]);
    backend.launch({ kind: 'map', program, inputs: [...inputs, spread(total)], outputs: [output], uniforms: [] });
  });
}
