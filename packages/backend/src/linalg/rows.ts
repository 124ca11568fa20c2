/** Loops over rows of row-major matrices; positions are where a row starts. */

export function swapRows(values: Float64Array, columns: number, a: number, b: number): void {
  if (a === b) return;
  for (let j = 0; j < columns; j++) {
    const held = values[a * columns + j] as number;
    values[a * columns + j] = values[b * columns + j] as number;
    values[b * columns + j] = held;
  }
}

/** The sum of products of `count` neighbours at `a` of one array and at `b` of another. */
export function dotAt(x: Float64Array, a: number, y: Float64Array, b: number, count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += (x[a + k] as number) * (y[b + k] as number);
  return sum;
}

/** y += scale x, for `count` neighbours. */
export function addScaledAt(
  y: Float64Array,
  b: number,
  scale: number,
  x: Float64Array,
  a: number,
  count: number,
): void {
  for (let k = 0; k < count; k++) y[b + k] = (y[b + k] as number) + scale * (x[a + k] as number);
}

/** Turns two rows in their plane: [x, y] becomes [c x - s y, s x + c y]. */
export function rotateAt(values: Float64Array, a: number, b: number, c: number, s: number, count: number): void {
  for (let k = 0; k < count; k++) {
    const [x, y] = [values[a + k] as number, values[b + k] as number];
    values[a + k] = c * x - s * y;
    values[b + k] = s * x + c * y;
  }
}

export function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j] as number;
  }
  return result;
}
