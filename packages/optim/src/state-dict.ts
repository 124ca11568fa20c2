import { ArgumentError } from '@gradus/storage';
import { keep, Tensor } from '@gradus/tensor';
import { copy } from '@gradus/tensor/launch';
import { camelCase, renamed, snakeCase } from './names.ts';
import type { BaseOptions, ParameterGroup, ParameterState } from './parameter-groups.ts';

/** What is remembered of one parameter: tensors, counts, and lists of past tensors. */
export type StateEntries = Readonly<Record<string, Tensor | number | null | readonly Tensor[]>>;

/** An optimizer's state as plain data, in PyTorch's names (`exp_avg`, `weight_decay`); parameters are numbers. */
export interface OptimizerStateDict {
  readonly state: Readonly<Record<number, StateEntries>>;
  /** Every option of a group, and the numbers of its parameters. */
  readonly param_groups: readonly { readonly params: readonly number[]; readonly [option: string]: unknown }[];
}

/** The tensors are shared with the optimizer; clone them to keep a snapshot. */
export function exportState<Options extends BaseOptions>(
  groups: readonly ParameterGroup<Options>[],
  state: ReadonlyMap<Tensor, ParameterState>,
): OptimizerStateDict {
  const all = groups.flatMap((group) => group.params);
  const entries = all.flatMap((param, i) => (state.has(param) ? [[i, { ...state.get(param) }] as const] : []));
  let next = 0;
  return {
    state: Object.fromEntries(entries),
    param_groups: groups.map((group) => ({ ...renamed(group, snakeCase), params: group.params.map(() => next++) })),
  };
}

export function importState<Options extends BaseOptions>(
  dict: OptimizerStateDict,
  groups: readonly ParameterGroup<Options>[],
  state: Map<Tensor, ParameterState>,
  scalars: readonly string[],
): void {
  importOptions(dict, groups);
  const numbers = dict.param_groups.flatMap((group) => group.params);
  // Everything is copied before anything is dropped: the state may be this optimizer's own.
  const loaded = groups
    .flatMap((group) => group.params)
    .map((param, i) => {
      const saved = dict.state[numbers[i] as number];
      return [param, saved && adopted(saved, param, scalars)] as const;
    });
  for (const entries of state.values()) {
    for (const value of Object.values(entries)) if (value instanceof Tensor) value.dispose();
  }
  state.clear();
  for (const [param, entries] of loaded) if (entries !== undefined) state.set(param, entries);
}

/** Takes over the options of all groups, whose numbers of parameters must be the same. */
export function importOptions<Options extends BaseOptions>(
  { param_groups }: OptimizerStateDict,
  groups: readonly ParameterGroup<Options>[],
): void {
  const sizes = (list: readonly { readonly params: readonly unknown[] }[]): string =>
    list.map((group) => group.params.length).join(', ');
  if (sizes(param_groups) !== sizes(groups)) {
    throw new ArgumentError(
      `loadStateDict: groups of ${sizes(param_groups)} parameters, but the optimizer has groups of ${sizes(groups)}`,
    );
  }
  groups.forEach((group, i) => {
    Object.assign(group, renamed(param_groups[i] as object, camelCase), { params: group.params });
  });
}

function adopted(saved: StateEntries, param: Tensor, scalars: readonly string[]): ParameterState {
  const state: ParameterState = { step: 0 };
  for (const [name, value] of Object.entries(saved)) {
    if (typeof value === 'number') state[name] = value;
    // PyTorch keeps null for a momentum that hasn't begun.
    else if (!(value instanceof Tensor)) continue;
    else if (scalars.includes(name)) state[name] = value.itemSync();
    else state[name] = keep(copy('loadStateDict', value.to(param.backend), param.dtype));
  }
  return state;
}
