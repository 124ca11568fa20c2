import type { DType } from '@gradus/storage';
import type { KernelSource } from '../queue/kernel-source.ts';
import { type RowShape, rowFold, rowSource, rowView } from './row-source.ts';
import { literal } from './value-type.ts';

/** What a cross entropy has beside its input, the targets and the statistics of the rows. */
export interface CrossEntropyParts {
  readonly dtype: DType;
  readonly weighted: boolean;
  readonly smoothed: boolean;
  /** Whether there is a loss per row; otherwise losses and weights go to `losses`, to be added up. */
  readonly perRow: boolean;
  /** Whether the loss is a mean. */
  readonly averaged: boolean;
}

/** What the target counts for beside what every class does, and what that is. */
const numbers = ['ignored', 'own', 'each'] as const;

const add = (a: string, b: string): string => `${a} + ${b}`;

/** The maximum, then all sums: log(sum) + highest - the target's logit is the loss. What is no class has the loss NaN. */
export function crossEntropySource(
  { dtype, weighted, smoothed, perRow }: CrossEntropyParts,
  shape: RowShape,
  slots: readonly number[],
): KernelSource {
  const weighed = (value: string, weight: string): string => (weighted ? `${value} * ${weight}` : value);
  return rowSource(
    {
      label: 'cross entropy',
      views: [
        rowView('x', dtype, true),
        ...(weighted ? [rowView('weights', dtype, true)] : []),
        rowView('targets', 'int32', false),
        rowView('highest', dtype, false, true),
        rowView('sum', dtype, false, true),
        ...(perRow ? [rowView('loss', dtype, false, true)] : []),
      ],
      scratch: perRow ? [] : [{ name: 'losses', element: 'vec2<f32>', written: true }],
      numbers,
      declarations:
        rowFold(shape, 'highestOf', 'f32', (a, b) => `max32(${a}, ${b})`) +
        rowFold(shape, 'totalsOf', 'vec2<f32>', add),
      body: ({ load, store, forElements, fold }) => `
  let chosen = ${load('targets')};
  var top = -inf();
${forElements(`    top = max32(top, ${load('x')});`)}
  let highest = ${fold('highestOf', 'top')};
  var sums = vec2<f32>();
  var shares = vec2<f32>();
  var spread = 0.0;
${forElements(`    let away = highest - ${load('x')};
    sums.x += exp32(-away);
    ${weighted ? `let weight = ${load('weights')};` : ''}
    if (i32(j) == chosen) {
      sums.y += ${weighed('away', 'weight')};
      ${weighted ? 'shares.x += weight;' : ''}
    }
    ${weighted && smoothed ? 'shares.y += weight;' : ''}
    ${smoothed ? `spread += ${weighed('away', 'weight')};` : ''}`)}
  let totals = ${fold('totalsOf', 'sums')};
  let whole = ${weighted ? fold('totalsOf', 'shares') : 'vec2<f32>(1.0, f32(p.depth))'};
  let level = log32(totals.x);
  var loss = totals.y + whole.x * level;
  ${smoothed ? `loss = p.own * loss + p.each * (${fold('totalsOf', 'vec2<f32>(spread, 0.0)')}.x + whole.y * level);` : ''}
  if (!isActive || lane > 0u) { return; }
  if (chosen < 0 || u32(chosen) >= p.depth) { loss = ${literal(Number.NaN, 'f32')}; }
  let result = select(vec2<f32>(loss, whole.x), vec2<f32>(), chosen == i32(p.ignored));
  ${store('highest', 'highest')}
  ${store('sum', 'totals.x')}
  ${perRow ? store('loss', 'result.x') : 'losses[row] = result;'}`,
    },
    shape,
    slots,
  );
}

/** The sums of losses and weights over a part of the rows each. */
export function lossPartSource(shape: RowShape, slots: readonly number[]): KernelSource {
  return rowSource(
    {
      label: 'cross entropy: losses, in parts',
      views: [],
      scratch: [
        { name: 'losses', element: 'vec2<f32>', written: false },
        { name: 'sums', element: 'vec2<f32>', written: true },
      ],
      declarations: rowFold(shape, 'totalsOf', 'vec2<f32>', add),
      body: ({ forElements, fold }) => `
  var own = vec2<f32>();
${forElements('    own += losses[j];')}
  let total = ${fold('totalsOf', 'own')};
  if (isActive && lane == 0u) { sums[part] = total; }`,
    },
    shape,
    slots,
  );
}

/** The sum of all losses, or their mean. */
export function lossTotalSource(
  { dtype, averaged }: Pick<CrossEntropyParts, 'dtype' | 'averaged'>,
  shape: RowShape,
  slots: readonly number[],
): KernelSource {
  return rowSource(
    {
      label: 'cross entropy: loss',
      views: [rowView('loss', dtype, false, true), ...(averaged ? [rowView('total', dtype, false, true)] : [])],
      scratch: [{ name: 'losses', element: 'vec2<f32>', written: false }],
      declarations: rowFold(shape, 'totalsOf', 'vec2<f32>', add),
      body: ({ store, forElements, fold }) => `
  var own = vec2<f32>();
${forElements('    own += losses[j];')}
  let sums = ${fold('totalsOf', 'own')};
  if (!isActive || lane > 0u) { return; }
  ${store('loss', averaged ? 'sums.x / sums.y' : 'sums.x')}
  ${averaged ? store('total', 'sums.y') : ''}`,
    },
    shape,
    slots,
  );
}

/** Softmax times the row's shares, less each class's share: the target has one of its own beside what every class has. */
export function crossEntropyBackwardSource(
  { dtype, weighted, averaged }: Omit<CrossEntropyParts, 'smoothed' | 'perRow'>,
  shape: RowShape,
  slots: readonly number[],
): KernelSource {
  return rowSource(
    {
      label: 'cross entropy: gradient',
      views: [
        rowView('x', dtype, true),
        ...(weighted ? [rowView('weights', dtype, true)] : []),
        rowView('y', dtype, true, true),
        rowView('g', dtype, false),
        rowView('targets', 'int32', false),
        rowView('highest', dtype, false),
        rowView('sum', dtype, false),
        ...(averaged ? [rowView('total', dtype, false)] : []),
      ],
      numbers,
      declarations: weighted ? rowFold(shape, 'totalOf', 'f32', add) : '',
      body: ({ load, store, forElements, fold }) => {
        const share = `    let share = ${weighted ? `${load('weights')} * ` : ''}(p.each + select(0.0, p.own, i32(j) == chosen));`;
        return `
  let chosen = ${load('targets')};
  let counts = chosen != i32(p.ignored) && chosen >= 0 && u32(chosen) < p.depth;
  var shares = 0.0;
${weighted ? forElements(`${share}\n    shares += share;`) : ''}
  let whole = ${weighted ? fold('totalOf', 'shares') : '1.0'};
  if (!isActive) { return; }
  let scale = ${load('g')}${averaged ? ` / ${load('total')}` : ''};
  let highest = ${load('highest')};
  let sum = ${load('sum')};
${forElements(`${share}
    let away = exp32(${load('x')} - highest) / sum * whole - share;
    ${store('y', 'select(0.0, scale * away, counts)')}`)}`;
      },
    },
    shape,
    slots,
  );
}
