export type { Matrix } from './matrix.ts';
export { multiply } from './multiply.ts';
export { grown, multiplyPanels, packColumns, packRows, roundUp, TILE_COLUMNS, TILE_ROWS } from './packed.ts';
