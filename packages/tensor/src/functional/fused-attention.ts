import type { AttentionGeometry } from '@gradus/backend';
import { attention } from '@gradus/backend/nn';
import { broadcastShapes, isFloat, sameShape } from '@gradus/storage';
import { casting } from '../casting.ts';
import { broadcastView, launchFused, transform } from '../launch/index.ts';
import { expand } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';
import { attentionRule } from './attention-gradient.ts';

/** Attention as one kernel; null for operands that it doesn't take. */
export function fusedAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  mask: Tensor | null,
  geometry: AttentionGeometry,
): Tensor | null {
  if (!isFusible(query, key, value, mask)) return null;
  const batches = [query, key, value].map(({ shape }) => shape.slice(0, -2));
  const batch = broadcastShapes('scaledDotProductAttention', ...batches);
  const [q, k, v] = [query, key, value].map((x) => {
    const shape = [...batch, ...x.shape.slice(-2)];
    return sameShape(x.shape, shape) ? x : expand(x, shape);
  }) as [Tensor, Tensor, Tensor];
  const [rows, columns, width] = [q.shape.at(-2), k.shape.at(-2), v.shape.at(-1)] as [number, number, number];
  const scores = [...batch, rows, columns];
  // A mask with more batch axes than the others, or too long, is for the ops to judge.
  if (mask !== null && !broadcastsTo(mask, scores)) return null;
  const inputs = mask === null ? [q, k, v] : [q, k, v, mask];
  const results = [
    [[...batch, rows, width], q.dtype],
    [[...batch, rows, 1], q.dtype],
  ] as const;
  const [output] = launchFused('scaledDotProductAttention', inputs, results, attentionRule(geometry), (outputs) =>
    attention({
      query: q,
      key: k,
      value: v,
      mask: mask && broadcastView(mask, scores),
      ...geometry,
      outputs: outputs as [Tensor, Tensor],
    }),
  );
  return output as Tensor;
}

function isFusible(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | null): boolean {
  const operands = [query, key, value];
  const all = mask === null ? operands : [...operands, mask];
  if (casting !== null || transform?.takes(all) || !isFloat(query.dtype)) return false;
  if (!operands.every((x) => x.ndim >= 2 && x.size > 0 && x.dtype === query.dtype)) return false;
  if (mask !== null && mask.dtype !== 'bool' && mask.dtype !== query.dtype) return false;
  return query.shape.at(-1) === key.shape.at(-1) && key.shape.at(-2) === value.shape.at(-2);
}

function broadcastsTo({ shape }: Tensor, target: readonly number[]): boolean {
  const added = target.length - shape.length;
  return added >= 0 && shape.every((n, axis) => n === 1 || n === target[axis + added]);
}
