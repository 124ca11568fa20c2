import type { Grid } from './grid.ts';

/** How a view moves along the rows and columns of a grid, which decides the code that walks it. */
export const Walk = { still: 0, rows: 1, unit: 2, strided: 3 } as const;
export type Walk = (typeof Walk)[keyof typeof Walk];

/** Operands whose walks, two bits each, fit a double's integers. */
const MAX_EXACT = 26;

/** Each view's walk. With very many views a signature isn't exact any more; then all are walked by strides. */
export function walksOf({ rowStrides, strides }: Grid): readonly Walk[] {
  if (strides.length > MAX_EXACT) return strides.map(() => Walk.strided);
  return strides.map((stride, k) => {
    if (stride === 1) return Walk.unit;
    if (stride !== 0) return Walk.strided;
    return rowStrides[k] === 0 ? Walk.still : Walk.rows;
  });
}

/** A number per list of walks, to look code up by. */
export function walkSignature(walks: readonly Walk[]): number {
  return walks.reduce<number>((code, walk) => code * 4 + walk, 0);
}
