import type { LinearMemory } from './linear-memory.ts';
import { ARGUMENTS } from './regions.ts';

/** Operands that fit, with as many uniforms. */
export const MAX_OPERANDS = 250;

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
