import type { DType } from '@gradus/storage';
import type { KernelSource } from '../queue/kernel-source.ts';
import { type RowKernel, type RowShape, rowFoldBy, rowSource, rowView } from './row-source.ts';

/** The maximum, the sum, and then the results: what a row holds is read three times, mostly from a cache. */
export function softmaxSource(dtype: DType, log: boolean, shape: RowShape, slots: readonly number[]): KernelSource {
  const kernel: RowKernel = {
    label: log ? 'log softmax' : 'softmax',
    views: [rowView('x', dtype, true), rowView('y', dtype, true, true)],
    declarations: rowFoldBy(shape, 'highestOf', 'f32', 'max') + rowFoldBy(shape, 'totalOf', 'f32', 'sum'),
    body: ({ load, store, forElements, fold }) => `
  var top = -inf();
${forElements(`    top = max32(top, ${load('x')});`)}
  let highest = ${fold('highestOf', 'top')};
  var sum = 0.0;
${forElements(`    sum += exp32(${load('x')} - highest);`)}
  let total = ${fold('totalOf', 'sum')};
  if (!isActive) { return; }
  ${log ? 'let level = log32(total);' : ''}
${forElements(`    let shifted = ${load('x')} - highest;
    ${store('y', log ? 'shifted - level' : 'exp32(shifted) / total')}`)}`,
  };
  return rowSource(kernel, shape, slots);
}
