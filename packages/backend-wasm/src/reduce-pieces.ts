import {
  type Backend,
  input,
  type ReduceProgram,
  reduceProgram,
  type View,
  withLayout,
  withScratch,
} from '@gradus/backend';
import { isHalf, Layout } from '@gradus/storage';

/** Elements of a piece. Always as many, so that the result is the same for any number of threads. */
const PIECE = 32 * 1024;

/** One result of a single long line of elements, as a view that starts at the first and a stride per input. */
export interface LongFold {
  readonly inputs: readonly View[];
  readonly strides: readonly number[];
  readonly depth: number;
  readonly output: View;
  readonly uniforms: readonly number[];
}

/** Whether such a fold is worth pieces. Those of half precision would be rounded in between, and places need more than values. */
export function foldsInPieces({ fold, body }: ReduceProgram, depth: number): boolean {
  return depth >= 2 * PIECE && !fold.startsWith('arg') && !isHalf(body.dtype);
}

/** Folds the pieces, which threads share, and then their results. */
export function foldInPieces(backend: Backend, program: ReduceProgram, line: LongFold): void {
  const { inputs, strides, depth, output, uniforms } = line;
  const { fold, body, finish } = program;
  const partial = reduceProgram(program.inputs, program.uniforms, fold, body);
  const whole = reduceProgram([body.dtype], program.uniforms, fold, input(0, body.dtype), finish);
  const count = Math.floor(depth / PIECE);
  const rest = depth % PIECE;
  withScratch(backend, (allocate) => {
    const folded = allocate([count + Math.sign(rest)], body.dtype);
    const foldPieces = (first: number, pieces: number, length: number): void => {
      const parts = inputs.map((view, k) => {
        const stride = strides[k] as number;
        const offset = view.layout.offset + first * PIECE * stride;
        return withLayout(view, new Layout([pieces, length], [PIECE * stride, stride], offset));
      });
      const results = withLayout(folded, new Layout([pieces, 1], [1, 1], first));
      backend.launch({ kind: 'reduce', program: partial, inputs: parts, output: results, axes: [1], uniforms });
    };
    foldPieces(0, count, PIECE);
    if (rest > 0) foldPieces(count, 1, rest);
    const result = withLayout(output, new Layout([1], [1], output.layout.offset));
    backend.launch({ kind: 'reduce', program: whole, inputs: [folded], output: result, axes: [0], uniforms });
  });
}
