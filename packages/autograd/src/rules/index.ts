import type { OperationKind } from '@gradus/tensor';
import { gather, scatter, sort } from './indexing.ts';
import { map } from './map.ts';
import { matmul } from './matmul.ts';
import { cat, place, split, transfer, view } from './movement.ts';
import { reduce } from './reduce.ts';
import type { OperationOf, Rule } from './rule.ts';
import { scan } from './scan.ts';
import { softmax } from './softmax.ts';

/** One rule per kind of operation: all of calculus that is not in `derive`. */
export const rules: { readonly [Kind in OperationKind]: Rule<OperationOf<Kind>> } = {
  map,
  reduce,
  scan,
  matmul,
  view,
  place,
  cat,
  gather,
  scatter,
  sort,
  split,
  softmax,
  transfer,
  custom: {
    saves: ({ rule: { saves } }, needs) => (typeof saves === 'function' ? saves(needs) : saves),
    backward: (context, gradients) => context.operation.rule.backward(context, gradients),
  },
};
