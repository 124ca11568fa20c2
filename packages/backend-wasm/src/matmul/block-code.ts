import { type Code, i32, type Local, when } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import type { KernelSource } from '../engine.ts';
import type { ElementCode } from './element-type.ts';

/** Parameters of a block's function, in this order; strides in bytes, `aTile` and `bPanel` from one tile to the next. */
const BLOCK_PARAMETERS = [
  'a',
  'aRow',
  'aTile',
  'aStep',
  'b',
  'bPanel',
  'bStep',
  'c',
  'cRow',
  'cColumn',
  'rows',
  'columns',
  'depth',
  'accumulate',
] as const;

/**
 * c [rows, columns] = (or +=) a [rows, depth] b [depth, columns], tile by tile: `tileRows` rows at once, panel of b after
 * panel of b, by the module's functions `tile1`, `tile2` and so on.
 */
export function blockKernel(type: ElementCode, tileRows: number): KernelSource {
  return {
    params: BLOCK_PARAMETERS.map(() => 'i32'),
    write: (emitter) => writeBlock(emitter, type, tileRows),
  };
}

function writeBlock(emitter: Emitter, type: ElementCode, tileRows: number): void {
  const { fn } = emitter;
  const parameters = BLOCK_PARAMETERS.map((_, k) => fn.param(k));
  const [a, aRow, aTile, aStep, b, bPanel, bStep] = parameters as Local[] &
    [Local, Local, Local, Local, Local, Local, Local];
  const [c, cRow, cColumn, rows, columns, depth, accumulate] = parameters.slice(7) as Local[] &
    [Local, Local, Local, Local, Local, Local, Local];
  fn.while(i32.gtS(columns.get, i32.const(0)), () => {
    const left = fn.variable('i32', rows.get);
    const [from, to] = [fn.variable('i32', a.get), fn.variable('i32', c.get)];
    const tile = (r: number): Code => {
      const operands = [from, aRow, aStep, b, bStep, to, cRow, cColumn, columns, depth, accumulate];
      return emitter.call(
        `tile${r}`,
        operands.map((operand) => operand.get),
      );
    };
    fn.while(i32.leS(i32.const(tileRows), left.get), () => {
      fn.emit(tile(tileRows));
      fn.emit(from.increase(aTile.get), to.increase(i32.mul(cRow.get, i32.const(tileRows))));
      fn.emit(left.increase(i32.const(-tileRows)));
    });
    for (let r = 1; r < tileRows; r++) fn.emit(when(i32.eq(left.get, i32.const(r)), tile(r)));
    fn.emit(b.increase(bPanel.get), c.increase(i32.mul(cColumn.get, i32.const(type.columns))));
    fn.emit(columns.increase(i32.const(-type.columns)));
  });
}
