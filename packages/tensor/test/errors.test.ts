import { HostBackend, use } from '@gradus/backend';
import {
  ArgumentError,
  AutogradError,
  BackendError,
  DTypeError,
  GradusError,
  IndexError,
  ShapeError,
} from '@gradus/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import { conv2d, groupNorm, layerNorm, linear, maxPool1d, pad } from '../src/functional/index.ts';
import * as t from '../src/index.ts';
import * as linalg from '../src/linalg/index.ts';
import { mm } from '../src/linalg/index.ts';
import { quantile } from '../src/statistics/index.ts';

beforeAll(() => use(new HostBackend('host')));

const far = new HostBackend('far');
const z = (...shape: number[]): t.Tensor => t.zeros(shape);
const int = (...values: number[]): t.Tensor => t.tensor(values, { dtype: 'int32' });

/** What goes wrong, the kind of error, and its whole text: the op, the shapes or dtypes, and the mend where there is one. */
const cases: readonly (readonly [() => unknown, new (text: string) => GradusError, string])[] = [
  [() => z(2, 3).matmul(z(4, 5)), ShapeError, 'matmul: inner dimensions differ, [2, 3] x [4, 5]'],
  [() => z().matmul(z(2)), ShapeError, 'matmul: needs at least one axis each, got [] x [2]; use mul'],
  [() => mm(z(2), z(2)), ShapeError, 'mm: needs 2 and 2 axes, got [2] and [2]; matmul takes any'],
  [() => linalg.einsum('ij,jk->ik', z(2, 3), z(4, 5)), ShapeError, "einsum: 'j' in 'ij,jk->ik' has sizes 3 and 4"],
  [() => linear(z(2, 3), z(4, 2)), ShapeError, 'linear: the last axis of x [2, 3] must be that of weight [4, 2]'],
  [
    () => z(2, 3).add(z(2)),
    ShapeError,
    "add: shapes [2, 3] and [2] don't broadcast; aligned at the last axis, sizes must be equal or 1",
  ],

  [() => z(2, 3).reshape([-1, 4]), ShapeError, "reshape: 6 elements don't fill the shape [-1, 4]"],
  [() => z(2, 3).expand([2, 4]), ShapeError, "expand: shape [2, 3] doesn't expand to [2, 4]"],
  [() => z(2, 3).permute([0, 0]), ArgumentError, 'permute: [0, 0] is no order of the 2 axes of [2, 3]'],
  [() => z(2, 3).transpose(0, 2), IndexError, 'transpose: axis 2 is outside a tensor of 2 axes, expected -2 to 1'],
  [() => z(2).select(0, 2), IndexError, 'select: index 2 is out of bounds for an axis of 2 elements'],
  [() => z(2, 3).narrow(1, 2, 2), ArgumentError, "narrow: 2 elements from 2 don't lie within axis 1 of [2, 3]"],
  [() => z(3).slice(0, 0, 3, -1), ArgumentError, 'slice: step must be a positive integer, got -1; use flip'],
  [() => z(3).unfold(0, 4, 1), ShapeError, 'unfold: a window of 4 is larger than the axis of 3 elements'],
  [() => t.cat([z(2, 3), z(2, 2)]), ShapeError, 'cat: sizes must agree along every axis but 0, got [2, 3], [2, 2]'],
  [() => t.stack([z(2), z(3)]), ShapeError, 'stack: shapes must be equal, got [2] and [3]'],
  [() => z(3).split([1, 1]), ArgumentError, "split: sizes [1, 1] don't fill axis 0 of [3]"],
  [() => pad(z(2), [1]), ArgumentError, 'pad: padding must be [left, right] per axis for at most 1 axes, got [1]'],

  [() => z(2, 3).sum({ dim: 2 }), IndexError, 'sum: axis 2 is outside a tensor of 2 axes, expected -2 to 1'],
  [() => z(2, 3).sum({ dim: [0, 0] }), ArgumentError, 'sum: an axis appears twice in [0, 0]'],
  [() => z(2, 0).amax({ dim: 1 }), ShapeError, 'amax: no elements along axes [1] of [2, 0], so there is no result'],
  [
    () => int(1).mean(),
    DTypeError,
    'mean: needs a float tensor, got int32; convert it first, with x.float() for example',
  ],
  [() => int(1).softmax(0), DTypeError, "softmax: needs floats, not int32; pass { dtype: 'float32' }"],
  [() => z(2, 3).topk(4), ArgumentError, 'topk: k must be from 0 to 3, the size of axis 1 of [2, 3]; got 4'],
  [() => quantile(z(3), 1.5), ArgumentError, 'quantile: q must be from 0 to 1, got 1.5'],
  [() => z(3).clamp({}), ArgumentError, 'clamp: pass min, max or both'],
  [() => z(3).bitwiseAnd(1), DTypeError, 'bitwiseAnd: needs integer or bool operands, not float32'],

  [
    () => z(2, 3).gather(1, z(2, 3)),
    DTypeError,
    "gather: indices must be integers, not float32; convert them with index.to('int32')",
  ],
  [
    () => z(2, 3).gather(1, int(0)),
    ShapeError,
    "gather: an index of shape [1] doesn't fit into the source [2, 3] along every axis but 1",
  ],
  [() => z(2, 3).indexSelect(0, int(2)), IndexError, 'gather: index 2 is out of bounds for axis 0 with 2 elements'],
  [() => z(3).indexAdd(0, int(0, 1), z(1)), ShapeError, 'indexAdd: the source must have shape [2], not [1]'],
  [
    () => z(2, 3).maskedFill(z(2, 3), 0),
    DTypeError,
    'maskedFill: the mask must be bool, not float32; compare it, as in x.gt(0)',
  ],

  [
    () => conv2d(z(1, 3, 4, 4), z(2, 2, 3, 3)),
    ShapeError,
    'conv2d: weight [2, 2, 3, 3] expects 2 input channels, got [1, 3, 4, 4]',
  ],
  [
    () => conv2d(z(3, 4), z(2, 2, 3, 3)),
    ShapeError,
    'conv2d: expected 4 axes [N, C, ...], or 3 without a batch, got [3, 4]',
  ],
  [
    () => maxPool1d(z(1, 1, 4), 2, { padding: 2 }),
    ArgumentError,
    'maxPool1d: padding 2 must be at most half of the window 2',
  ],
  [() => layerNorm(z(2, 3), [2]), ShapeError, 'layerNorm: the last axes of [2, 3] must be [2]'],
  [() => groupNorm(z(4, 2), 3), ArgumentError, "groupNorm: 3 groups don't divide 2 channels"],

  [
    () => t.tensor([[1, 2], [3]]),
    ShapeError,
    'tensor: ragged nested array: expected 2 elements at depth 1, got 1 elements',
  ],
  [() => t.fromValues([1, 2, 3], [2]), ShapeError, 'tensor: 3 values for shape [2] of 2 elements'],
  [() => t.arange(0, 3, -1), ArgumentError, "arange: 3 can't be reached from 0 in steps of -1"],
  [() => z(2).itemSync(), ShapeError, 'item: a tensor of 2 elements has no single value; use data() or toArray()'],
  [
    () => z(2).add(t.zeros([2], { backend: far })),
    BackendError,
    "add: tensors are on two backends, host and far; move one with x.to('host')",
  ],
  [() => z(2).backward(), AutogradError, "backward() needs automatic differentiation: import '@gradus/autograd'"],
  [() => int(1).setRequiresGrad(), AutogradError, 'requiresGrad: only float tensors, not int32'],
];

describe('errors name the op, what it got and the mend', () => {
  test.each(cases.map(([call, kind, text]) => [text, call, kind] as const))('%s', (text, call, kind) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(GradusError);
    expect(call).toThrow(new kind(text));
  });
});
