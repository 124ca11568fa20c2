import type { LinearMemory } from './linear-memory.ts';

/** Where there are always zeros, up to the arguments. */
export const ZEROS = 0;

/** Where the arguments of a launch lie in linear memory. */
const ARGUMENTS = 1024;

/** Operands that fit, with as many uniforms. */
export const MAX_OPERANDS = 250;

/** Where a product's unfinished tile lies. */
export const TILE: number = 48 * 1024;

/** The first address behind the launches' own memory. */
export const HEAP: number = 64 * 1024;

const WORDS = 3;

/** Address of operand k: its pointer, and its steps in bytes along rows and along columns. */
export function operandAt(k: number): number {
  return ARGUMENTS + 4 * WORDS * k;
}

/** Address of uniform u, a float64, behind `operands` operands. */
export function uniformAt(operands: number, u: number): number {
  return ARGUMENTS + 8 * Math.ceil((WORDS * operands) / 2) + 8 * u;
}

/** Writes operands as kernels read them: positions and steps in elements become addresses and bytes. */
export function writeOperand(words: Int32Array, k: number, pointer: number, rowStep: number, step: number): void {
  const at = operandAt(k) / 4;
  words[at] = pointer;
  words[at + 1] = rowStep;
  words[at + 2] = step;
}

export function writeUniforms(memory: LinearMemory, operands: number, values: readonly number[]): void {
  if (values.length === 0) return;
  const at = uniformAt(operands, 0) / 8;
  const doubles = memory.array('float64');
  for (let u = 0; u < values.length; u++) doubles[at + u] = values[u] as number;
}
