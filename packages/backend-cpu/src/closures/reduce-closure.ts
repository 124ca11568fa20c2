import { type Environment, evaluator, foldInitial, foldStep, type ReduceProgram } from '@gradus/backend';
import { decoderOf, encoderOf, type TypedArray } from '@gradus/storage';
import type { ReduceLoop } from '../reduce.ts';

/** A Reduce program as a loop that compiles no text. */
export function closureReduce(program: ReduceProgram, withIndices: boolean): ReduceLoop {
  const [body, finish] = [evaluator([program.body]), evaluator([program.finish])];
  const decoders = program.inputs.map(decoderOf);
  const encode = encoderOf(program.finish.dtype);
  const count = program.inputs.length;
  return (data, offsets, keptStrides, strides, runs, uniforms, kept, rows, depth) => {
    let [at, row, j, folded] = [0, 0, 0, 0];
    const start = (k: number): number => (offsets[k] as number) + at * (keptStrides[k] as number);
    const leaves = (input: (k: number) => number): Environment => ({
      input,
      uniform: (k) => uniforms[k] as number,
      coordinate: () => Number.NaN,
    });
    const element = leaves((k) => {
      const position = start(k) + (runs[row * count + k] as number) + j * (strides[k] as number);
      return (decoders[k] as (stored: number) => number)((data[k] as TypedArray)[position] as number);
    });
    const result = leaves(() => folded);
    for (at = 0; at < kept; at++) {
      let state = foldInitial(program);
      for (row = 0; row < rows; row++) {
        for (j = 0; j < depth; j++) state = foldStep(program, state, body(element)[0] as number, row * depth + j);
      }
      folded = program.fold.startsWith('arg') ? state.index : state.value;
      (data[count] as TypedArray)[start(count)] = encode(finish(result)[0] as number);
      if (withIndices) (data[count + 1] as TypedArray)[start(count + 1)] = state.index;
    }
  };
}
