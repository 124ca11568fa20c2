import { type Code, i32, type Local, threadNumber, v128, when } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import type { KernelSource } from '../engine.ts';
import { TILE_BYTES, TILES } from '../memory/regions.ts';
import { type ElementCode, TILE_VECTORS } from './element-type.ts';

/** Parameters of a tile's function, in this order; strides in bytes. */
const TILE_PARAMETERS = [
  'a',
  'aRow',
  'aStep',
  'b',
  'bStep',
  'c',
  'cRow',
  'cColumn',
  'columns',
  'depth',
  'accumulate',
] as const;

/**
 * c [rows, columns] = (or +=) a [rows, depth] b [depth, tile columns], all sums in registers. Rows of b are contiguous; only
 * the first `columns` of the result are stored.
 */
export function tileKernel(type: ElementCode, rows: number): KernelSource {
  return {
    params: TILE_PARAMETERS.map(() => 'i32'),
    write: (emitter) => writeTile(emitter, type, rows),
  };
}

function writeTile(emitter: Emitter, type: ElementCode, rows: number): void {
  const { fn } = emitter;
  const [a, aRow, aStep, b, bStep, , , , , depth] = TILE_PARAMETERS.map((_, k) => fn.param(k)) as Local[] &
    [Local, Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const sums = Array.from({ length: rows }, () =>
    Array.from({ length: TILE_VECTORS }, () => fn.variable('v128', fn.i32(0))),
  );
  const rowPointers = sums.map((_, r) =>
    r === 0 ? a : fn.variable('i32', i32.add(a.get, i32.mul(aRow.get, i32.const(r)))),
  );
  fn.while(depth.get, () => {
    const right = Array.from({ length: TILE_VECTORS }, (_, v) => fn.let(v128.load(b.get, 16 * v)));
    sums.forEach((row, r) => {
      const pointer = rowPointers[r] as Local;
      const left = fn.let(type.splat(pointer.get));
      row.forEach((sum, v) => {
        fn.emit(sum.set(type.multiplyAdd(emitter, left, right[v] as Code, sum.get)));
      });
      fn.emit(pointer.increase(aStep.get));
    });
    fn.emit(b.increase(bStep.get), depth.increase(i32.const(-1)));
  });
  writeStore(emitter, type, sums);
}

function writeStore(emitter: Emitter, type: ElementCode, sums: readonly (readonly Local[])[]): void {
  const { fn } = emitter;
  const [c, cRow, cColumn, columns, , accumulate] = TILE_PARAMETERS.slice(5).map((_, k) => fn.param(5 + k)) as Local[] &
    [Local, Local, Local, Local, Local, Local];
  const isWhole = i32.and(i32.leS(i32.const(type.columns), columns.get), i32.eq(cColumn.get, i32.const(type.size)));
  const eachRow = (body: (row: readonly Local[]) => void): Code =>
    fn.collect(() => {
      for (const row of sums) {
        body(row);
        fn.emit(c.increase(cRow.get));
      }
    });
  const replace = eachRow((row) => {
    for (const [v, sum] of row.entries()) fn.emit(v128.store(c.get, sum.get, 16 * v));
  });
  const add = eachRow((row) => {
    for (const [v, sum] of row.entries()) {
      fn.emit(v128.store(c.get, type.add(sum.get, v128.load(c.get, 16 * v)), 16 * v));
    }
  });
  const part = eachRow((row) => storePart(emitter, type, row, c, cColumn, columns, accumulate));
  fn.emit(when(isWhole, when(accumulate.get, add, replace), part));
}

/** Stores the first `columns` sums of a row one by one, through memory of the thread's own. */
function storePart(
  { fn }: Emitter,
  type: ElementCode,
  row: readonly Local[],
  c: Local,
  cColumn: Local,
  columns: Local,
  accumulate: Local,
): void {
  const from = fn.variable('i32', i32.add(i32.const(TILES), i32.mul(threadNumber, i32.const(TILE_BYTES))));
  for (const [v, sum] of row.entries()) fn.emit(v128.store(from.get, sum.get, 16 * v));
  const to = fn.variable('i32', c.get);
  const left = fn.variable('i32', columns.get);
  fn.emit(when(i32.gtS(left.get, i32.const(type.columns)), left.set(i32.const(type.columns))));
  fn.while(left.get, () => {
    const value = fn.variable('v128', type.loadFirst(from.get));
    fn.emit(when(accumulate.get, value.set(type.add(value.get, type.loadFirst(to.get)))));
    fn.emit(type.storeLane(to.get, value.get, 0));
    fn.emit(from.increase(i32.const(type.size)), to.increase(cColumn.get), left.increase(i32.const(-1)));
  });
}
