import type * as ops from './ops/index.ts';
import type * as pointwise from './ops/pointwise/index.ts';
import type { AxisOptions } from './ops/reduction-program.ts';
import type { Tensor } from './tensor.ts';

type Method<F> = F extends (first: never, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never;
type Methods<Module> = { [Name in keyof Module]: Method<Module[Name]> };
type InPlace<Module> = { [Name in keyof Module & string as `${Name}_`]: Method<Module[Name]> };

/** Without options over all elements, with an axis along it. */
interface OverAllOrAlong {
  (): Tensor;
  (options: AxisOptions): ops.ValuesAndIndices;
}

/** The mapped type keeps one signature of a function; those with several are given here. */
interface Overloaded {
  readonly max: OverAllOrAlong;
  readonly min: OverAllOrAlong;
}

/** Every op whose first operand is a tensor, as a method; the pointwise ones in place too (`x.add_(y)`). */
export interface TensorMethods
  extends Omit<Methods<typeof ops>, keyof Overloaded>,
    Overloaded,
    InPlace<typeof pointwise> {
  /** Axes in reverse order. */
  readonly T: Tensor;
  /** The last two axes swapped. */
  readonly mT: Tensor;
}
