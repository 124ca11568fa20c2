/** Invocations of a workgroup where nothing speaks for another number. */
export const WORKGROUP = 256;

/** How many workgroups it takes for so many invocations. */
export function workgroupsFor(invocations: number, workgroup: number = WORKGROUP): number {
  return Math.ceil(invocations / workgroup);
}

/** Invocations of a workgroup that folds one result together: few, so that little is left to fold at the end. */
export const FOLD_WORKGROUP = 64;

/** Invocations that keep a GPU busy, or a processor that plays one. */
export const BUSY: Readonly<Record<'gpu' | 'software', number>> = { gpu: 16384, software: 2048 };

/** Invocations of a workgroup of a Map, which compute an element each, or four. */
export const MAP_WORKGROUP: Readonly<Record<'ones' | 'fours', number>> = { ones: WORKGROUP, fours: 64 };

/**
 * Whether invocations share what a result or row is made of. GPUs read neighbours together then; a processor that plays one
 * pays for every barrier, and so does it only where there is nothing else to do at the same time.
 */
export function isShared(results: number, isSoftware: boolean): boolean {
  return !isSoftware || results < SEVERAL;
}

/** Results that occupy all cores of a processor by an invocation each. */
const SEVERAL = 64;
