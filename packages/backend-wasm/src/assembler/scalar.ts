import { type Code, signed, unsigned } from './code.ts';

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
  Record<'eqz' | 'truncF64S' | 'truncF64U', Unary> &
    Record<
      | 'eq'
      | 'ltS'
      | 'ltU'
      | 'gtS'
      | 'gtU'
      | 'leS'
      | 'add'
      | 'sub'
      | 'mul'
      | 'divU'
      | 'remU'
      | 'and'
      | 'or'
      | 'xor'
      | 'shl'
      | 'shrU',
      Binary
    > &
    Record<'load' | 'load8S' | 'load8U' | 'load16U', Load> &
    Record<'store' | 'store8' | 'store16', Store> & { const: (value: number) => Code }
> = {
  const: (value) => [0x41, signed(value)],
  eqz: unary(0x45),
  eq: binary(0x46),
  ltS: binary(0x48),
  ltU: binary(0x49),
  gtS: binary(0x4a),
  gtU: binary(0x4b),
  leS: binary(0x4c),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  divU: binary(0x6e),
  remU: binary(0x70),
  and: binary(0x71),
  or: binary(0x72),
  xor: binary(0x73),
  shl: binary(0x74),
  shrU: binary(0x76),
  /** A float64 truncated, saturating. */
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

export const f32: Readonly<Record<'demote', Unary>> = { demote: unary(0xb6) };

export const f64: Readonly<{ load: Load; store: Store }> = { load: load(0x2b), store: store(0x39) };

/** `then` where the condition is not 0, both computed. */
export const select = (then: Code, otherwise: Code, condition: Code): Code => [then, otherwise, condition, 0x1b];

/** Number of the thread that runs the module: 0 is the one that the backend lives on. */
export const threadNumber: Code = [0x23, 0];

const VOID = 0x40;
const END = 0x0b;

export const loop = (body: Code): Code => [0x03, VOID, body, END];
export const block = (body: Code): Code => [0x02, VOID, body, END];
export const branch = (depth: number): Code => [0x0c, depth];
export const branchIf = (condition: Code, depth: number): Code => [condition, 0x0d, depth];
export const when = (condition: Code, then: Code, otherwise?: Code): Code =>
  otherwise === undefined ? [condition, 0x04, VOID, then, END] : [condition, 0x04, VOID, then, 0x05, otherwise, END];
export const call = (index: number, operands: readonly Code[]): Code => [...operands, 0x10, unsigned(index)];
