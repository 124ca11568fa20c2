import { GradusError } from './errors.ts';

interface Platform {
  readonly process?: { getBuiltinModule?(name: string): unknown };
}

/**
 * A module of Node, such as `node:fs/promises`, for the few functions that need files or threads. It is asked for, not imported:
 * bundlers for browsers stumble over an import even where nothing uses it. `op` names the caller. Throws a GradusError where
 * there is no such module, as in a page.
 */
export function nodeModule<Module>(op: string, name: `node:${string}`): Module {
  const found = findNodeModule<Module>(name);
  if (found === undefined) throw new GradusError(`${op}: there is no ${name} here; it needs Node, Deno or Bun`);
  return found;
}

/** The same for what can do without: undefined where there is no such module. */
export function findNodeModule<Module>(name: `node:${string}`): Module | undefined {
  return (globalThis as Platform).process?.getBuiltinModule?.(name) as Module | undefined;
}
