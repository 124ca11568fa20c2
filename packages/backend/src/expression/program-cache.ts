import type { MapProgram, ReduceProgram } from './program.ts';

/**
 * What a backend compiled from programs, by a number that says how their operands lie in memory. Kept for as long as the
 * program is.
 */
export class ProgramCache<Program extends MapProgram | ReduceProgram, Compiled> {
  readonly #byProgram = new WeakMap<Program, Map<number, Compiled>>();

  /** What was compiled before, or else by `compile`. */
  get(program: Program, signature: number, compile: () => Compiled): Compiled {
    let bySignature = this.#byProgram.get(program);
    if (bySignature === undefined) {
      bySignature = new Map();
      this.#byProgram.set(program, bySignature);
    }
    let compiled = bySignature.get(signature);
    if (compiled === undefined) {
      compiled = compile();
      bySignature.set(signature, compiled);
    }
    return compiled;
  }
}
