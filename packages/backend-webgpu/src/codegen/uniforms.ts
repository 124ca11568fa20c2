import { convert } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import type { Param } from '../queue/kernel-source.ts';
import { packedBits, wordType } from './value-type.ts';

/** Parameters that hold a program's uniforms. */
export function uniformParams(dtypes: readonly DType[]): readonly Param[] {
  return dtypes.map((dtype, u) => ({
    name: `uniform${u}`,
    type: packedBits(dtype) === null ? wordType(dtype) : valueWord(dtype),
  }));
}

/** A uniform in the code, in its value type. */
export function uniformSource(dtypes: readonly DType[]): (u: number) => string {
  return (u) => (dtypes[u] === 'bool' ? `(p.uniform${u} != 0u)` : `p.uniform${u}`);
}

/** Appends the launch's numbers, as values of the uniforms' dtypes. */
export function pushUniforms(list: number[], dtypes: readonly DType[], uniforms: readonly number[]): void {
  for (let u = 0; u < dtypes.length; u++) {
    const dtype = dtypes[u] as DType;
    const value = uniforms[u] as number;
    list.push(dtype === 'float32' ? value : convert(value, dtype));
  }
}

function valueWord(dtype: DType): Param['type'] {
  if (dtype === 'uint8') return 'u32';
  return dtype === 'int8' ? 'i32' : 'f32';
}
