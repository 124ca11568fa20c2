import { type Code, float32Bytes, float64Bytes, signed, unsigned } from './code.ts';

// Instructions on single numbers: https://webassembly.github.io/spec/core/binary/instructions.html

type Unary = (a: Code) => Code;
type Binary = (a: Code, b: Code) => Code;
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;

const unary =
  (opcode: number): Unary =>
  (a) => [a, opcode];
const binary =
  (opcode: number): Binary =>
  (a, b) => [a, b, opcode];
// Alignment is a hint; 0 promises nothing.
const load =
  (opcode: number): Load =>
  (address, offset = 0) => [address, opcode, 0, unsigned(offset)];
const store =
  (opcode: number): Store =>
  (address, value, offset = 0) => [address, value, opcode, 0, unsigned(offset)];

export const i32: Readonly<
  Record<'eqz', Unary> &
    Record<
      | 'eq'
      | 'ne'
      | 'ltS'
      | 'ltU'
      | 'gtS'
      | 'gtU'
      | 'leS'
      | 'leU'
      | 'geU'
      | 'add'
      | 'sub'
      | 'mul'
      | 'and'
      | 'or'
      | 'shl'
      | 'shrS'
      | 'shrU',
      Binary
    > &
    Record<'load' | 'load8S' | 'load8U' | 'load16U', Load> &
    Record<'store' | 'store8' | 'store16', Store> & {
      const: (value: number) => Code;
      truncF64S: (a: Code) => Code;
      truncF64U: (a: Code) => Code;
    }
> = {
  const: (value) => [0x41, signed(value)],
  eqz: unary(0x45),
  eq: binary(0x46),
  ne: binary(0x47),
  ltS: binary(0x48),
  ltU: binary(0x49),
  gtS: binary(0x4a),
  gtU: binary(0x4b),
  leS: binary(0x4c),
  leU: binary(0x4d),
  geU: binary(0x4f),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  and: binary(0x71),
  or: binary(0x72),
  shl: binary(0x74),
  shrS: binary(0x75),
  shrU: binary(0x76),
  truncF64S: (a) => [a, 0xfc, 2],
  truncF64U: (a) => [a, 0xfc, 3],
  load: load(0x28),
  load8S: load(0x2c),
  load8U: load(0x2d),
  load16U: load(0x2f),
  store: store(0x36),
  store8: store(0x3a),
  store16: store(0x3b),
};

export const f32: Readonly<
  Record<'add', Binary> &
    Record<'demote', Unary> &
    Record<'load', Load> &
    Record<'store', Store> & { const: (value: number) => Code }
> = {
  const: (value) => [0x43, float32Bytes(value)],
  add: binary(0x92),
  demote: unary(0xb6),
  load: load(0x2a),
  store: store(0x38),
};

export const f64: Readonly<
  Record<'add' | 'mul', Binary> &
    Record<'promote' | 'convertI32S' | 'convertI32U', Unary> &
    Record<'load', Load> &
    Record<'store', Store> & { const: (value: number) => Code }
> = {
  const: (value) => [0x44, float64Bytes(value)],
  add: binary(0xa0),
  mul: binary(0xa2),
  promote: unary(0xbb),
  convertI32S: unary(0xb7),
  convertI32U: unary(0xb8),
  load: load(0x2b),
  store: store(0x39),
};

/** `then` where the condition is not 0, both computed. */
export const select = (then: Code, otherwise: Code, condition: Code): Code => [then, otherwise, condition, 0x1b];

const VOID = 0x40;
const END = 0x0b;

export const loop = (body: Code): Code => [0x03, VOID, body, END];
export const block = (body: Code): Code => [0x02, VOID, body, END];
export const branch = (depth: number): Code => [0x0c, depth];
export const branchIf = (condition: Code, depth: number): Code => [condition, 0x0d, depth];
export const when = (condition: Code, then: Code, otherwise?: Code): Code =>
  otherwise === undefined ? [condition, 0x04, VOID, then, END] : [condition, 0x04, VOID, then, 0x05, otherwise, END];
export const call = (index: number, operands: readonly Code[]): Code => [...operands, 0x10, unsigned(index)];
