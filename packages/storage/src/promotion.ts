import { type Category, categoryOf, type DType } from './dtype.ts';

const rank: Readonly<Record<Category, number>> = { bool: 0, integer: 1, float: 2 };

/**
 * The dtype that holds both, by PyTorch's lattice. float16 with bfloat16 gives float32; two different integer types
 * give int32, which stands where PyTorch has int16, int32 or int64.
 *
 * @see https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
 */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  const byCategory = rank[categoryOf(a)] - rank[categoryOf(b)];
  if (byCategory !== 0) return byCategory > 0 ? a : b;
  if (categoryOf(a) === 'integer') return 'int32';
  return a === 'float64' || b === 'float64' ? 'float64' : 'float32';
}

/** What promotion needs to know of an operand: a tensor, or a JS number (`'number'`). */
export type Operand =
  | { readonly dtype: DType; readonly layout: { readonly shape: readonly number[] } }
  | number
  | boolean;

/**
 * The dtype of an operation on these operands, by PyTorch's rules: tensors with axes decide within a category; 0-d
 * tensors raise the category only, and JS numbers only above those. A number without a fraction counts as an integer.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.result_type.html
 */
export function resultType(...operands: readonly Operand[]): DType {
  let withAxes: DType | null = null;
  let zeroDim: DType | null = null;
  let number: DType | null = null;
  for (const operand of operands) {
    if (typeof operand !== 'object') number = join(number, numberType(operand));
    else if (operand.layout.shape.length > 0) withAxes = join(withAxes, operand.dtype);
    else zeroDim = join(zeroDim, operand.dtype);
  }
  return override(withAxes, override(zeroDim, number)) ?? 'float32';
}

/** The dtype a JS number or boolean would get as a tensor of its own. */
export function numberType(value: number | boolean): DType {
  if (typeof value === 'boolean') return 'bool';
  return Number.isInteger(value) ? 'int32' : 'float32';
}

function join(a: DType | null, b: DType): DType {
  return a === null ? b : promoteTypes(a, b);
}

/** `lower` counts only where it is of a higher category. */
function override(higher: DType | null, lower: DType | null): DType | null {
  if (higher === null || lower === null) return higher ?? lower;
  return rank[categoryOf(lower)] > rank[categoryOf(higher)] ? lower : higher;
}
