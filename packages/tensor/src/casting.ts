import type { DType } from '@gradus/storage';
import type { Operand } from './ops/pointwise/define.ts';
import type { Tensor } from './tensor.ts';

/** What ops ask about dtypes while `autocast` is on; its rules are in `autocast/`. */
export interface Casting {
  /** Operands of a matrix product or a convolution, in low precision. */
  low<T extends Tensor | null>(operands: readonly T[]): readonly T[];
  /** The operands of a pointwise op, by its name. */
  pointwise(name: string, operands: readonly Operand[]): readonly Operand[];
  /** Operands of a loss or a norm: low precision raised to float32. */
  wide<T extends Tensor | null>(operands: readonly T[]): readonly T[];
  /** The dtype that elements of low precision are summed in. */
  wideDType(dtype: DType): DType;
}

/** null outside of `autocast`. */
export let casting: Casting | null = null;

export function setCasting(rules: Casting | null): void {
  casting = rules;
}
