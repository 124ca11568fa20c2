import { type Code, type FunctionBuilder, i32, type Local, select, threadNumber } from '../assembler/index.ts';

/** The parameters of a function by name, in the order of the names. */
export function namedParameters<Name extends string>(
  fn: FunctionBuilder,
  names: readonly Name[],
): Readonly<Record<Name, Local>> {
  return Object.fromEntries(names.map((name, k) => [name, fn.param(k)])) as Record<Name, Local>;
}

/** The smaller of two numbers, both computed twice. */
export function smaller(a: Code, b: Code): Code {
  return select(a, b, i32.ltS(a, b));
}

/** a / b, rounded up. */
export function quotientUp(a: Code, b: Code): Code {
  return i32.divU(i32.add(a, i32.sub(b, i32.const(1))), b);
}

/** Where the running thread's own memory begins: every thread has `bytes` of it, the first one from `start` on. */
export function ownOfThread(start: Code, bytes: Code): Code {
  return i32.add(start, i32.mul(threadNumber, bytes));
}
