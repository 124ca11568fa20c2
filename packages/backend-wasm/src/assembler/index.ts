export type { Code } from './code.ts';
export { FunctionBuilder, type Local, type ValueType } from './function.ts';
export { encodeModule, type ImportedFunction } from './module.ts';
export { call, f32, f64, i32, select, threadNumber, when } from './scalar.ts';
export { f32x4, f64x2, i8x16, i16x8, i32x4, i64x2, v128 } from './vector.ts';
