import { formatShape, ShapeError } from '@gradus/storage';
import { defaultGenerator, fromValues, type GeneratorOptions, normals, type Tensor, unrecorded } from '@gradus/tensor';

/**
 * A matrix [out, rest] of orthonormal rows or columns, whichever are fewer, times the gain. (Saxe et al. 2014.)
 *
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.orthogonal_
 */
export function orthogonal_(x: Tensor, options: GeneratorOptions & { readonly gain?: number } = {}): Tensor {
  if (x.ndim < 2) throw new ShapeError(`orthogonal_: needs at least 2 axes, got ${formatShape(x.shape)}`);
  if (x.size === 0) return x;
  const { gain = 1, generator = defaultGenerator } = options;
  const rows = x.shape[0] as number;
  const columns = x.size / rows;
  const drawn = normals(generator, x.dtype, x.size);
  const numbers = x.dtype === 'float64' ? drawn : Float64Array.from(drawn, Math.fround);
  if (rows < columns) orthonormalize(rowsOf(numbers, rows));
  else orthonormalizeColumns(numbers, rows, columns);
  const values = fromValues(
    numbers.map((value) => value * gain),
    x.shape,
    { dtype: x.dtype, backend: x.backend },
  );
  unrecorded(() => x.copy_(values));
  values.dispose();
  return x;
}

function rowsOf(matrix: Float64Array, rows: number): readonly Float64Array[] {
  const length = matrix.length / rows;
  return Array.from({ length: rows }, (_, row) => matrix.subarray(row * length, (row + 1) * length));
}

function orthonormalizeColumns(matrix: Float64Array, rows: number, columns: number): void {
  const transposed = new Float64Array(matrix.length);
  for (let i = 0; i < matrix.length; i++)
    transposed[(i % columns) * rows + Math.floor(i / columns)] = matrix[i] as number;
  orthonormalize(rowsOf(transposed, columns));
  for (let i = 0; i < matrix.length; i++)
    matrix[i] = transposed[(i % columns) * rows + Math.floor(i / columns)] as number;
}

/**
 * Gram-Schmidt, in place. It is the QR decomposition whose R has a positive diagonal; projecting twice makes it as exact
 * as Householder's. (Giraud, Langou, Rozloznik & van den Eshof 2005.)
 */
function orthonormalize(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, i) => {
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++)
        addScaled(vector, vectors[j] as Float64Array, -dot(vector, vectors[j] as Float64Array));
    }
    const norm = Math.sqrt(dot(vector, vector));
    for (let k = 0; k < vector.length; k++) vector[k] = (vector[k] as number) / norm;
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let k = 0; k < target.length; k++) target[k] = (target[k] as number) + scale * (source[k] as number);
}
