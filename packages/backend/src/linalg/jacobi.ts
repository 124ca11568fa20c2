import { dotAt, rotateAt } from './rows.ts';

/** Sweeps over all pairs; six to ten are common. */
const MAX_SWEEPS = 60;

/**
 * Makes the rows of a matrix orthogonal by plane rotations of two at a time, which `turns` sees too. Returns the rows' lengths,
 * which are the matrix's singular values, in descending order, and where the rows of these lengths are.
 */
export function orthogonalizeRows(
  w: Float64Array,
  count: number,
  length: number,
  turns: Float64Array = new Float64Array(0),
): { readonly lengths: Float64Array; readonly order: readonly number[] } {
  const scale = w.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  // Squares of numbers around 1 neither overflow nor vanish.
  if (scale > 0) for (let i = 0; i < w.length; i++) w[i] = (w[i] as number) / scale;
  const squares = Float64Array.from({ length: count }, (_, i) => dotAt(w, i * length, w, i * length, length));
  for (let sweep = 0; sweep < MAX_SWEEPS && turnPairs(w, count, length, squares, turns); sweep++) {
    for (let i = 0; i < count; i++) squares[i] = dotAt(w, i * length, w, i * length, length);
  }
  const lengths = squares.map((_, i) => scale * Math.sqrt(dotAt(w, i * length, w, i * length, length)));
  const order = Array.from(lengths.keys()).sort((i, j) => (lengths[j] as number) - (lengths[i] as number));
  return { lengths: Float64Array.from(order, (i) => lengths[i] as number), order };
}

/** One sweep; whether any pair was not orthogonal yet. */
function turnPairs(
  w: Float64Array,
  count: number,
  length: number,
  squares: Float64Array,
  turns: Float64Array,
): boolean {
  let turned = false;
  for (let i = 0; i < count - 1; i++) {
    for (let j = i + 1; j < count; j++) {
      const product = dotAt(w, i * length, w, j * length, length);
      const [a, b] = [squares[i] as number, squares[j] as number];
      if (Math.abs(product) <= Number.EPSILON * Math.sqrt(a) * Math.sqrt(b)) continue;
      turned = true;
      const { c, s, t } = rotation(a, b, product);
      rotateAt(w, i * length, j * length, c, s, length);
      if (turns.length > 0) rotateAt(turns, i * count, j * count, c, s, count);
      squares[i] = Math.max(a - t * product, 0);
      squares[j] = b + t * product;
    }
  }
  return turned;
}

/** The smaller angle that makes two rows of squared lengths a and b and the given product orthogonal. */
function rotation(
  a: number,
  b: number,
  product: number,
): { readonly c: number; readonly s: number; readonly t: number } {
  const zeta = (b - a) / (2 * product);
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const c = 1 / Math.hypot(1, t);
  return { c, s: c * t, t };
}
