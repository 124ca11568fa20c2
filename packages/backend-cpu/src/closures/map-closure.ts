import { type Environment, evaluator, type MapProgram } from '@gradus/backend';
import { decoderOf, encoderOf, type TypedArray } from '@gradus/storage';
import type { MapLoop } from '../map.ts';

/** A Map program as a loop that compiles no text. */
export function closureMap(program: MapProgram): MapLoop {
  const evaluate = evaluator(program.outputs);
  const decoders = program.inputs.map(decoderOf);
  const encoders = program.outputs.map((output) => encoderOf(output.dtype));
  const count = program.inputs.length;
  return (data, offsets, rowStrides, strides, uniforms, rows, columns) => {
    let [i, j] = [0, 0];
    const position = (k: number): number =>
      (offsets[k] as number) + i * (rowStrides[k] as number) + j * (strides[k] as number);
    const environment: Environment = {
      input: (k) => (decoders[k] as (stored: number) => number)((data[k] as TypedArray)[position(k)] as number),
      uniform: (k) => uniforms[k] as number,
      coordinate: () => Number.NaN,
    };
    for (i = 0; i < rows; i++) {
      for (j = 0; j < columns; j++) {
        const values = evaluate(environment);
        for (let o = 0; o < encoders.length; o++) {
          const encode = encoders[o] as (value: number) => number;
          (data[count + o] as TypedArray)[position(count + o)] = encode(values[o] as number);
        }
      }
    }
  };
}
