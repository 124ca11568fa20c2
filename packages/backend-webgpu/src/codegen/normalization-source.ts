import type { DType } from '@gradus/storage';
import type { KernelSource } from '../queue/kernel-source.ts';
import { type RowShape, rowFoldBy, rowSource, rowView } from './row-source.ts';

/** What a normalization has beside its input, its output and the variance. */
export interface NormalizationParts {
  readonly dtype: DType;
  readonly weight: boolean;
  readonly bias: boolean;
  readonly mean: boolean;
}

/** The mean, the variance around it, and then the results. */
export function normalizationSource(
  { dtype, weight, bias, mean }: NormalizationParts,
  shape: RowShape,
  slots: readonly number[],
): KernelSource {
  const views = [
    rowView('x', dtype, true),
    ...(weight ? [rowView('weight', dtype, true)] : []),
    ...(bias ? [rowView('bias', dtype, true)] : []),
    rowView('y', dtype, true, true),
    rowView('variance', dtype, false, true),
    ...(mean ? [rowView('mean', dtype, false, true)] : []),
  ];
  return rowSource(
    {
      label: 'normalization',
      views,
      numbers: ['eps'],
      declarations: rowFoldBy(shape, 'totalOf', 'f32', 'sum'),
      body: ({ load, store, forElements, fold }) => `
  var sum = 0.0;
${mean ? forElements(`    sum += ${load('x')};`) : ''}
  let mean = ${mean ? `${fold('totalOf', 'sum')} / f32(p.depth)` : '0.0'};
  var squares = 0.0;
${forElements(`    let away = ${load('x')} - mean;
    squares += away * away;`)}
  let variance = ${fold('totalOf', 'squares')} / f32(p.depth);
  if (!isActive) { return; }
  let deviation = sqrt(variance + p.eps);
${forElements(`    let standard = (${load('x')} - mean) / deviation;
    ${store('y', `standard${weight ? ` * ${load('weight')}` : ''}${bias ? ` + ${load('bias')}` : ''}`)}`)}
  if (lane > 0u) { return; }
  ${store('variance', 'variance')}
  ${mean ? store('mean', 'mean') : ''}`,
    },
    shape,
    slots,
  );
}

/** The gradient of the input: a row's two averages, and then the results. */
export function inputGradientSource(
  { dtype, weight, mean }: NormalizationParts,
  shape: RowShape,
  slots: readonly number[],
): KernelSource {
  const views = [
    rowView('g', dtype, true),
    rowView('x', dtype, true),
    ...(weight ? [rowView('weight', dtype, true)] : []),
    rowView('y', dtype, true, true),
    rowView('variance', dtype, false),
    ...(mean ? [rowView('mean', dtype, false)] : []),
  ];
  return rowSource(
    {
      label: 'normalization: gradient of the input',
      views,
      numbers: ['eps'],
      declarations: rowFoldBy(shape, 'totalsOf', 'vec2<f32>', 'sum'),
      body: ({ load, store, forElements, fold }) => {
        const element = `    let h = ${load('g')}${weight ? ` * ${load('weight')}` : ''};
    let standard = (${load('x')}${mean ? ' - mean' : ''}) / deviation;`;
        return `
  let deviation = sqrt(${load('variance')} + p.eps);
  ${mean ? `let mean = ${load('mean')};` : ''}
  var sums = vec2<f32>();
${forElements(`${element}
    sums += vec2<f32>(h, h * standard);`)}
  let averages = ${fold('totalsOf', 'sums')} / f32(p.depth);
  if (!isActive) { return; }
${forElements(`${element}
    ${store('y', `(h${mean ? ' - averages.x' : ''} - standard * averages.y) / deviation`)}`)}`;
      },
    },
    shape,
    slots,
  );
}

/** Per element of the weight, the sums that are its gradient and the bias's, each over a part of the elements. */
export function affineGradientSource(
  { dtype, mean }: NormalizationParts,
  shape: RowShape,
  slots: readonly number[],
): KernelSource {
  const views = [
    rowView('g', dtype, true),
    rowView('x', dtype, true),
    rowView('variance', dtype, true),
    ...(mean ? [rowView('mean', dtype, true)] : []),
  ];
  return rowSource(
    {
      label: 'normalization: gradients of weight and bias, in parts',
      views,
      scratch: [{ name: 'sums', element: 'vec2<f32>', written: true }],
      numbers: ['eps'],
      declarations: rowFoldBy(shape, 'totalsOf', 'vec2<f32>', 'sum'),
      body: ({ load, forElements, fold }) => `
  var own = vec2<f32>();
${forElements(`    let g = ${load('g')};
    own += vec2<f32>(g * (${load('x')}${mean ? ` - ${load('mean')}` : ''}) / sqrt(${load('variance')} + p.eps), g);`)}
  let total = ${fold('totalsOf', 'own')};
  if (isActive && lane == 0u) { sums[part * p.rows + row] = total; }`,
    },
    shape,
    slots,
  );
}

/** The sums of all parts. */
export function affineTotalSource(
  { dtype, bias }: Pick<NormalizationParts, 'dtype' | 'bias'>,
  shape: RowShape,
  slots: readonly number[],
): KernelSource {
  const views = [rowView('weight', dtype, false, true), ...(bias ? [rowView('bias', dtype, false, true)] : [])];
  return rowSource(
    {
      label: 'normalization: gradients of weight and bias',
      views,
      scratch: [{ name: 'sums', element: 'vec2<f32>', written: false }],
      declarations: rowFoldBy(shape, 'totalsOf', 'vec2<f32>', 'sum'),
      body: ({ store, forElements, fold }) => `
  var own = vec2<f32>();
${forElements('    own += sums[j * p.rows + row];')}
  let total = ${fold('totalsOf', 'own')};
  if (!isActive || lane > 0u) { return; }
  ${store('weight', 'total.x')}
  ${bias ? store('bias', 'total.y') : ''}`,
    },
    shape,
    slots,
  );
}
