import type { DType } from '@gradus/storage';
import { type ElementType, elementTypes } from '../bytes/element-type.ts';
import { FormatError } from '../format-error.ts';

/** ONNX's numbers for element types (TensorProto.DataType). */
const elements: ReadonlyMap<number, ElementType> = new Map([
  [1, elementTypes.f32],
  [2, elementTypes.u8],
  [3, elementTypes.i8],
  [4, elementTypes.u16],
  [5, elementTypes.i16],
  [6, elementTypes.i32],
  [7, elementTypes.i64],
  [9, elementTypes.bool],
  [10, elementTypes.f16],
  [11, elementTypes.f64],
  [12, elementTypes.u32],
  [13, elementTypes.u64],
  [16, elementTypes.bf16],
]);

export const INT64 = 7;
export const BOOL = 9;

export function elementOf(dataType: number): ElementType {
  const element = elements.get(dataType);
  if (element === undefined) throw new FormatError(`onnx: the element type ${dataType} is unknown`);
  return element;
}

/** Integers are int64 in ONNX graphs: its operators take indices and shapes in no other type. */
export const dataTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: INT64,
  bool: BOOL,
  float16: 10,
  float64: 11,
  uint32: 12,
  bfloat16: 16,
};
