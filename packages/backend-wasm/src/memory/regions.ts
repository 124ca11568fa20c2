// The first page of linear memory is the launches' own; buffers lie behind it.

/** Where there are always zeros, up to the arguments. */
export const ZEROS = 0;

/** Where the arguments of a launch lie. */
export const ARGUMENTS = 1024;

/** Where threads agree on who does what. */
export const CONTROL: number = 32 * 1024;

/** Where each thread has a product's unfinished tile, one after the other. */
export const TILES: number = 48 * 1024;

/** Bytes from one thread's tile to the next one's. */
export const TILE_BYTES = 64;

/** The first address behind the launches' own memory. */
export const HEAP: number = 64 * 1024;
