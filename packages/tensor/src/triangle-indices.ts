import { assertShape } from '@gradus/storage';
import { fromValues, type TensorOptions } from './creation.ts';
import type { Tensor } from './tensor.ts';

export interface TriangleIndicesOptions extends TensorOptions {
  /** How far the edge lies above the main diagonal. Default 0. */
  readonly offset?: number;
}

/** Places of the lower triangle of a [rows, columns] matrix, row-major: their rows and their columns, [2, n] (int32). */
export function trilIndices(rows: number, columns: number, options: TriangleIndicesOptions = {}): Tensor {
  return indicesWhere('trilIndices', rows, columns, options, (above, offset) => above <= offset);
}

/** Places of the upper triangle, as `trilIndices`. */
export function triuIndices(rows: number, columns: number, options: TriangleIndicesOptions = {}): Tensor {
  return indicesWhere('triuIndices', rows, columns, options, (above, offset) => above >= offset);
}

function indicesWhere(
  op: string,
  rows: number,
  columns: number,
  options: TriangleIndicesOptions,
  inside: (above: number, offset: number) => boolean,
): Tensor {
  assertShape(op, [rows, columns]);
  const { offset = 0, ...rest } = options;
  const [i, j]: [number[], number[]] = [[], []];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!inside(column - row, offset)) continue;
      i.push(row);
      j.push(column);
    }
  }
  return fromValues([...i, ...j], [2, i.length], { dtype: 'int32', ...rest });
}
