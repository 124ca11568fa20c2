import { BackendError, type DType } from '@gradus/storage';
import { cast, mul } from './builder.ts';
import { type Expression, input, topologicalOrder, uniform } from './expression.ts';

/**
 * The code of a Map kernel: for every element, one value per output from the inputs' elements. Interned like
 * expressions: the same structure is the same object, so that backends key compiled code by it (a WeakMap, or `id`).
 */
export interface MapProgram {
  readonly kind: 'map';
  readonly id: number;
  readonly inputs: readonly DType[];
  readonly uniforms: readonly DType[];
  /** One expression per output; its dtype is the output's. */
  readonly outputs: readonly Expression[];
  /** Whether an output reads coordinates, so that axes must not be merged. */
  readonly usesCoordinates: boolean;
}

/** How a Reduce kernel folds. argmax and argmin give the flat index (row-major over the reduced axes) of the first extreme. */
export type Fold = 'sum' | 'prod' | 'max' | 'min' | 'argmax' | 'argmin';

/**
 * The code of a Reduce kernel: `body` per element, folded over the reduced axes, then `finish` once per result. The
 * body's dtype is what is accumulated (backends may carry more precision). max and min propagate NaN; an empty fold
 * gives 0, 1, -Infinity or Infinity.
 */
export interface ReduceProgram {
  readonly kind: 'reduce';
  readonly id: number;
  readonly inputs: readonly DType[];
  readonly uniforms: readonly DType[];
  readonly fold: Fold;
  readonly body: Expression;
  /** Over input 0 = the folded value (int32 for argmax and argmin); its dtype is the output's. */
  readonly finish: Expression;
  readonly usesCoordinates: boolean;
}

const programs = new Map<string, MapProgram | ReduceProgram>();

export function mapProgram(
  inputs: readonly DType[],
  uniforms: readonly DType[],
  outputs: readonly Expression[],
): MapProgram {
  const key = `m${inputs.join()};${uniforms.join()};${outputs.map((output) => output.id).join()}`;
  return intern(key, (id) => {
    assertLeaves(outputs, inputs, uniforms);
    return { kind: 'map', id, inputs, uniforms, outputs, usesCoordinates: readsCoordinates(outputs) };
  });
}

export function reduceProgram(
  inputs: readonly DType[],
  uniforms: readonly DType[],
  fold: Fold,
  body: Expression,
  finish: Expression = input(0, foldDType(fold, body)),
): ReduceProgram {
  const key = `r${inputs.join()};${uniforms.join()};${fold};${body.id};${finish.id}`;
  return intern(key, (id) => {
    assertLeaves([body], inputs, uniforms);
    assertLeaves([finish], [foldDType(fold, body)], uniforms);
    return { kind: 'reduce', id, inputs, uniforms, fold, body, finish, usesCoordinates: readsCoordinates([body]) };
  });
}

/** dtype of the folded value that `finish` starts from. */
export function foldDType(fold: Fold, body: Expression): DType {
  return fold === 'argmax' || fold === 'argmin' ? 'int32' : body.dtype;
}

/** Copies with conversion: the program behind casts, `contiguous` and copies between layouts. */
export function copyProgram(from: DType, to: DType): MapProgram {
  return mapProgram([from], [], [cast(input(0, from), to)]);
}

/** Fills with a number that comes with the launch. */
export function fillProgram(dtype: DType): MapProgram {
  return mapProgram([], [dtype], [uniform(0, dtype)]);
}

/** Folds the elements as they are. */
export function plainReduceProgram(fold: Fold, dtype: DType): ReduceProgram {
  return reduceProgram([dtype], [], fold, input(0, dtype));
}

/** Mean: a sum, times a uniform that is 1 / the number of elements. */
export function meanProgram(dtype: DType): ReduceProgram {
  return reduceProgram([dtype], [dtype], 'sum', input(0, dtype), mul(input(0, dtype), uniform(0, dtype)));
}

function intern<T extends MapProgram | ReduceProgram>(key: string, make: (id: number) => T): T {
  let program = programs.get(key);
  if (program === undefined) {
    program = make(programs.size);
    programs.set(key, program);
  }
  return program as T;
}

function readsCoordinates(roots: readonly Expression[]): boolean {
  return topologicalOrder(roots).some((node) => node.kind === 'coordinate');
}

function assertLeaves(roots: readonly Expression[], inputs: readonly DType[], uniforms: readonly DType[]): void {
  for (const node of topologicalOrder(roots)) {
    const declared = node.kind === 'input' ? inputs : node.kind === 'uniform' ? uniforms : null;
    if (declared !== null && declared[(node as { index: number }).index] !== node.dtype) {
      throw new BackendError(
        `program: ${node.kind} ${(node as { index: number }).index} is not declared as ${node.dtype}`,
      );
    }
  }
}
