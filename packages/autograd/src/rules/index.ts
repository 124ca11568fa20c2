import type { OperationKind } from '@gradus/tensor';
import { convolution, convolutionInput, convolutionWeight, maxPool, softmax } from './fused.ts';
import { gather, scatter, sort } from './indexing.ts';
import { map } from './map.ts';
import { matmul } from './matmul.ts';
import { cat, place, split, transfer, view } from './movement.ts';
import { reduce } from './reduce.ts';
import type { OperationOf, Rule } from './rule.ts';
import { scan } from './scan.ts';

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
  convolution,
  convolutionInput,
  convolutionWeight,
  maxPool,
  transfer,
  custom: {
    saves: ({ rule }) => rule.saves,
    backward: (context, gradients) => context.operation.rule.backward(context, gradients),
  },
};
