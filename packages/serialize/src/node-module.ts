import { GradusError } from '@gradus/storage';

type NodeModules = {
  'node:fs/promises': typeof import('node:fs/promises');
  'node:path': typeof import('node:path');
};

/**
 * A module of Node, for the functions that read and write files by path. It is asked for, not imported: bundlers for browsers
 * stumble over an import even where nothing uses it. Throws a GradusError where there are no files.
 */
export function nodeModule<Name extends keyof NodeModules>(op: string, name: Name): NodeModules[Name] {
  const found = globalThis.process?.getBuiltinModule?.(name);
  if (found === undefined) throw new GradusError(`${op}: there are no files here; work on bytes instead of paths`);
  return found as NodeModules[Name];
}
