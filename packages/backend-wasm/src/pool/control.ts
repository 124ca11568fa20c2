// Where threads agree on who does what: 32-bit words from CONTROL on in linear memory. Words that several threads change have
// a cache line each.

/** Words of a cache line. */
const LINE = 16;

/** Threads that the control block has room for. */
export const MAX_THREADS = 64;

/** Parameters of a kernel behind its range. */
const MAX_VALUES: number = 2 * LINE;

/** Places of the words. */
export interface Control {
  /** Number of the job, odd while it may be joined. */
  readonly job: number;
  /** Threads that are in the job. */
  readonly active: number;
  /** Workers that wait to be woken. */
  readonly sleeping: number;
  /** Workers that have started. */
  readonly ready: number;
  /** Whether a kernel threw on a worker. */
  readonly failed: number;
  /** How often workers look for the next job before they sleep. */
  readonly spins: number;
  /** A word that stays 0. */
  readonly zero: number;
  /** Threads that chunks are dealt to. */
  readonly threads: number;
  /** The kernel: its module's number, where the module's bytes lie and how many there are, and which export it is. */
  readonly module: number;
  readonly pointer: number;
  readonly byteLength: number;
  readonly index: number;
  /** What is done: items in all, items of a chunk, and chunks. */
  readonly total: number;
  readonly size: number;
  readonly chunks: number;
  /** The kernel's parameters behind its range, and how many there are. */
  readonly count: number;
  readonly values: number;
  /** Per thread, a line apart: how many of its chunks are taken. */
  readonly taken: number;
  readonly line: number;
}

export const control: Control = {
  job: 0,
  active: LINE,
  sleeping: 2 * LINE,
  ready: 3 * LINE,
  failed: 3 * LINE + 1,
  spins: 3 * LINE + 2,
  zero: 3 * LINE + 3,
  threads: 4 * LINE,
  module: 4 * LINE + 1,
  pointer: 4 * LINE + 2,
  byteLength: 4 * LINE + 3,
  index: 4 * LINE + 4,
  total: 4 * LINE + 5,
  size: 4 * LINE + 6,
  chunks: 4 * LINE + 7,
  count: 4 * LINE + 8,
  values: 5 * LINE,
  taken: 5 * LINE + MAX_VALUES,
  line: LINE,
};
