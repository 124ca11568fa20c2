import { ArgumentError } from '@gradus/storage';
import { keep, Tensor } from '@gradus/tensor';
import { copy } from '@gradus/tensor/launch';
import type { BaseOptions, ParameterGroup, ParameterState } from './optimizer.ts';

/** An optimizer's state as plain data; parameters are numbers. */
export interface OptimizerStateDict {
  readonly state: Readonly<Record<number, Readonly<Record<string, Tensor | number>>>>;
  /** Every option of a group, and the numbers of its parameters. */
  readonly paramGroups: readonly { readonly params: readonly number[]; readonly [option: string]: unknown }[];
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
    paramGroups: groups.map((group) => ({ ...(group as object), params: group.params.map(() => next++) })),
  };
}

export function importState<Options extends BaseOptions>(
  dict: OptimizerStateDict,
  groups: readonly ParameterGroup<Options>[],
  state: Map<Tensor, ParameterState>,
): void {
  const sizes = (list: readonly { readonly params: readonly unknown[] }[]): string =>
    list.map((g) => g.params.length).join(', ');
  if (sizes(dict.paramGroups) !== sizes(groups)) {
    throw new ArgumentError(
      `loadStateDict: groups of ${sizes(dict.paramGroups)} parameters, but the optimizer has groups of ${sizes(groups)}`,
    );
  }
  groups.forEach((group, i) => {
    Object.assign(group, dict.paramGroups[i], { params: group.params });
  });
  for (const entries of state.values()) {
    for (const value of Object.values(entries)) if (value instanceof Tensor) value.dispose();
  }
  state.clear();
  groups
    .flatMap((group) => group.params)
    .forEach((param, i) => {
      const saved = dict.state[i];
      if (saved === undefined) return;
      const own = Object.entries(saved).map(([name, value]) => [
        name,
        value instanceof Tensor ? adopt(value, param) : value,
      ]);
      state.set(param, Object.fromEntries(own) as ParameterState);
    });
}

function adopt(value: Tensor, param: Tensor): Tensor {
  const local = value.backend === param.backend ? value : value.to(param.backend);
  return keep(copy('loadStateDict', local, param.dtype));
}
