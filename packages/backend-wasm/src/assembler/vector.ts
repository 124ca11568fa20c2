import { type Code, float32Bytes, float64Bytes, int32Bytes, unsigned } from './code.ts';

// Instructions on vectors of 128 bits: https://webassembly.github.io/spec/core/binary/instructions.html

type Unary = (a: Code) => Code;
type Binary = (a: Code, b: Code) => Code;
type Ternary = (a: Code, b: Code, c: Code) => Code;
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;
type LoadLane = (address: Code, into: Code, lane: number) => Code;
type StoreLane = (address: Code, value: Code, lane: number, offset?: number) => Code;
type Extract = (a: Code, lane: number) => Code;
type Replace = (a: Code, lane: number, value: Code) => Code;

const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];
const unary =
  (opcode: number): Unary =>
  (a) => [a, simd(opcode)];
const binary =
  (opcode: number): Binary =>
  (a, b) => [a, b, simd(opcode)];
const ternary =
  (opcode: number): Ternary =>
  (a, b, c) => [a, b, c, simd(opcode)];
const load =
  (opcode: number): Load =>
  (address, offset = 0) => [address, simd(opcode), 0, unsigned(offset)];
const extract =
  (opcode: number): Extract =>
  (a, lane) => [a, simd(opcode), lane];
const replace =
  (opcode: number): Replace =>
  (a, lane, value) => [a, value, simd(opcode), lane];
const loadLane =
  (opcode: number): LoadLane =>
  (address, into, lane) => [address, into, simd(opcode), 0, 0, lane];
const storeLane =
  (opcode: number): StoreLane =>
  (address, value, lane, offset = 0) => [address, value, simd(opcode), 0, unsigned(offset), lane];

const repeat = (bytes: number[], times: number): number[] => Array.from({ length: times }, () => bytes).flat();
const constant = (bytes: number[]): Code => [simd(12), bytes];

export const v128: Readonly<
  Record<'load' | 'load16x4U' | 'load32Zero' | 'load64Zero' | 'load32Splat' | 'load64Splat', Load> &
    Record<'load32Lane' | 'load64Lane', LoadLane> &
    Record<'store8Lane' | 'store16Lane' | 'store32Lane' | 'store64Lane', StoreLane> &
    Record<'not' | 'anyTrue', Unary> &
    Record<'and' | 'andNot' | 'or' | 'xor', Binary> &
    Record<'bitselect', Ternary> & { store: Store; shuffle: (a: Code, b: Code, bytes: readonly number[]) => Code }
> = {
  load: load(0),
  /** Four 16-bit numbers, widened to i32x4 without sign. */
  load16x4U: load(4),
  load32Zero: load(0x5c),
  load64Zero: load(0x5d),
  load32Splat: load(9),
  load64Splat: load(10),
  /** The vector with one lane read from memory. */
  load32Lane: loadLane(0x56),
  load64Lane: loadLane(0x57),
  store: (address, value, offset = 0) => [address, value, simd(11), 0, unsigned(offset)],
  store8Lane: storeLane(0x58),
  store16Lane: storeLane(0x59),
  store32Lane: storeLane(0x5a),
  store64Lane: storeLane(0x5b),
  /** Bytes of two vectors by position: 0 to 15 of the first, 16 to 31 of the second. */
  shuffle: (a, b, bytes) => [a, b, simd(13), bytes],
  not: unary(0x4d),
  and: binary(0x4e),
  /** a and not b. */
  andNot: binary(0x4f),
  or: binary(0x50),
  xor: binary(0x51),
  /** Bits of the first where the third's are 1, of the second elsewhere. */
  bitselect: ternary(0x52),
  anyTrue: unary(0x53),
};

export const i8x16: Readonly<Record<'narrowI16x8U', Binary>> = {
  narrowI16x8U: binary(0x66),
};
export const i16x8: Readonly<Record<'narrowI32x4U', Binary> & Record<'extendLowI8x16S' | 'extendLowI8x16U', Unary>> = {
  narrowI32x4U: binary(0x86),
  extendLowI8x16S: unary(0x87),
  extendLowI8x16U: unary(0x89),
};

export const i32x4: Readonly<
  Record<
    | 'splat'
    | 'extendLowI16x8S'
    | 'extendLowI16x8U'
    | 'abs'
    | 'neg'
    | 'truncF32x4S'
    | 'truncF32x4U'
    | 'truncF64x2SZero'
    | 'truncF64x2UZero',
    Unary
  > &
    Record<'extract', Extract> &
    Record<'replace', Replace> &
    Record<
      | 'eq'
      | 'ne'
      | 'ltS'
      | 'ltU'
      | 'gtS'
      | 'gtU'
      | 'leS'
      | 'leU'
      | 'geS'
      | 'geU'
      | 'shl'
      | 'shrS'
      | 'shrU'
      | 'add'
      | 'sub'
      | 'mul'
      | 'minS'
      | 'minU'
      | 'maxS'
      | 'maxU',
      Binary
    > & { const: (value: number) => Code; lanes: (values: readonly number[]) => Code }
> = {
  const: (value) => constant(repeat(int32Bytes(value), 4)),
  lanes: (values) => constant(values.flatMap(int32Bytes)),
  splat: unary(17),
  extract: extract(0x1b),
  replace: replace(0x1c),
  eq: binary(0x37),
  ne: binary(0x38),
  ltS: binary(0x39),
  ltU: binary(0x3a),
  gtS: binary(0x3b),
  gtU: binary(0x3c),
  leS: binary(0x3d),
  leU: binary(0x3e),
  geS: binary(0x3f),
  geU: binary(0x40),
  extendLowI16x8S: unary(0xa7),
  extendLowI16x8U: unary(0xa9),
  abs: unary(0xa0),
  neg: unary(0xa1),
  /** The count is one i32 for all lanes. */
  shl: binary(0xab),
  shrS: binary(0xac),
  shrU: binary(0xad),
  add: binary(0xae),
  sub: binary(0xb1),
  mul: binary(0xb5),
  minS: binary(0xb6),
  minU: binary(0xb7),
  maxS: binary(0xb8),
  maxU: binary(0xb9),
  truncF32x4S: unary(0xf8),
  truncF32x4U: unary(0xf9),
  truncF64x2SZero: unary(0xfc),
  truncF64x2UZero: unary(0xfd),
};

export const i64x2: Readonly<
  Record<'extendLowI32x4S' | 'extendHighI32x4S', Unary> & Record<'shl' | 'shrS' | 'shrU' | 'add' | 'sub', Binary>
> = {
  extendLowI32x4S: unary(0xc7),
  extendHighI32x4S: unary(0xc8),
  shl: binary(0xcb),
  shrS: binary(0xcc),
  shrU: binary(0xcd),
  add: binary(0xce),
  sub: binary(0xd1),
};

export const f32x4: Readonly<
  Record<
    | 'splat'
    | 'ceil'
    | 'floor'
    | 'trunc'
    | 'nearest'
    | 'abs'
    | 'neg'
    | 'sqrt'
    | 'convertI32x4S'
    | 'convertI32x4U'
    | 'demoteF64x2Zero',
    Unary
  > &
    Record<'extract', Extract> &
    Record<'replace', Replace> &
    Record<
      'eq' | 'ne' | 'lt' | 'gt' | 'le' | 'ge' | 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max' | 'pmin' | 'pmax',
      Binary
    > &
    Record<'relaxedMadd', Ternary> & { const: (value: number) => Code }
> = {
  const: (value) => constant(repeat(float32Bytes(value), 4)),
  splat: unary(19),
  extract: extract(0x1f),
  replace: replace(0x20),
  eq: binary(0x41),
  ne: binary(0x42),
  lt: binary(0x43),
  gt: binary(0x44),
  le: binary(0x45),
  ge: binary(0x46),
  ceil: unary(0x67),
  floor: unary(0x68),
  trunc: unary(0x69),
  nearest: unary(0x6a),
  abs: unary(0xe0),
  neg: unary(0xe1),
  sqrt: unary(0xe3),
  add: binary(0xe4),
  sub: binary(0xe5),
  mul: binary(0xe6),
  div: binary(0xe7),
  min: binary(0xe8),
  max: binary(0xe9),
  /** The first where neither is less, NaN included: one instruction everywhere, unlike min and max. */
  pmin: binary(0xea),
  pmax: binary(0xeb),
  convertI32x4S: unary(0xfa),
  convertI32x4U: unary(0xfb),
  demoteF64x2Zero: unary(0x5e),
  /** a * b + c, rounded once or twice as the processor likes. */
  relaxedMadd: ternary(0x105),
};

export const f64x2: Readonly<
  Record<
    | 'splat'
    | 'ceil'
    | 'floor'
    | 'trunc'
    | 'nearest'
    | 'abs'
    | 'neg'
    | 'sqrt'
    | 'promoteLowF32x4'
    | 'convertLowI32x4S'
    | 'convertLowI32x4U',
    Unary
  > &
    Record<'extract', Extract> &
    Record<'replace', Replace> &
    Record<
      'eq' | 'ne' | 'lt' | 'gt' | 'le' | 'ge' | 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max' | 'pmin' | 'pmax',
      Binary
    > &
    Record<'relaxedMadd', Ternary> & { const: (value: number) => Code }
> = {
  const: (value) => constant(repeat(float64Bytes(value), 2)),
  splat: unary(20),
  extract: extract(0x21),
  replace: replace(0x22),
  eq: binary(0x47),
  ne: binary(0x48),
  lt: binary(0x49),
  gt: binary(0x4a),
  le: binary(0x4b),
  ge: binary(0x4c),
  ceil: unary(0x74),
  floor: unary(0x75),
  trunc: unary(0x7a),
  nearest: unary(0x94),
  abs: unary(0xec),
  neg: unary(0xed),
  sqrt: unary(0xef),
  add: binary(0xf0),
  sub: binary(0xf1),
  mul: binary(0xf2),
  div: binary(0xf3),
  min: binary(0xf4),
  max: binary(0xf5),
  pmin: binary(0xf6),
  pmax: binary(0xf7),
  promoteLowF32x4: unary(0x5f),
  convertLowI32x4S: unary(0xfe),
  convertLowI32x4U: unary(0xff),
  relaxedMadd: ternary(0x107),
};
