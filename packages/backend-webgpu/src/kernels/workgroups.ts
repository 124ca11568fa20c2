/** Invocations of a workgroup where nothing speaks for another number. */
export const WORKGROUP = 256;

/** How many workgroups it takes for so many invocations. */
export function workgroupsFor(invocations: number, workgroup: number = WORKGROUP): number {
  return Math.ceil(invocations / workgroup);
}

/** Invocations of a workgroup that folds one result together: few, so that little is left to fold at the end. */
export const FOLD_WORKGROUP = 64;

/** Invocations that keep a GPU busy. */
export const BUSY = 16384;

/** Invocations of a workgroup of a Map, which compute an element each, or four. */
export const MAP_WORKGROUP: Readonly<Record<'ones' | 'fours', number>> = { ones: WORKGROUP, fours: 64 };
