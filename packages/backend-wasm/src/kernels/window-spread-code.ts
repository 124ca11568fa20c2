import { i32 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import type { KernelSource } from '../engine.ts';
import type { ElementCode } from '../matmul/element-type.ts';
import { namedParameters, ownOfThread, quotientUp, smaller } from '../matmul/parameters.ts';
import { PLACE_BYTES } from '../matmul/product-code.ts';

/** Parameters behind the range of items, in this order. */
const PARAMETERS = [
  'places',
  'rows',
  'columns',
  'depth',
  'rowBlock',
  'columnBlock',
  'aRow',
  'bRow',
  'rowTable',
  'columnTable',
  'own',
  'ownBytes',
  'ownOfC',
] as const;

/**
 * Products a [rows, depth] b [depth, columns] of contiguous matrices, spread over images: element (k, p) is added to the image's
 * at `rowTable[k] + columnTable[p]`. Items are blocks of so many rows, product after product: their elements never meet. Places
 * are those of a, b and the image; the thread's own room holds panels of b, and then a block of the product.
 */
export function spreadProductsKernel(type: ElementCode, tileRows: number): KernelSource {
  return {
    params: ['i32', 'i32', ...PARAMETERS.map(() => 'i32' as const)],
    write: (emitter) => writeSpread(emitter, type, tileRows),
  };
}

function writeSpread(emitter: Emitter, type: ElementCode, tileRows: number): void {
  const { fn } = emitter;
  const p = namedParameters(fn, ['from', 'to', ...PARAMETERS]);
  const panels = fn.let(ownOfThread(p.own.get, p.ownBytes.get), 'i32');
  const c = fn.let(i32.add(panels, p.ownOfC.get), 'i32');
  const rowBlocks = fn.let(quotientUp(p.rows.get, p.rowBlock.get), 'i32');
  const aTile = fn.let(i32.mul(p.aRow.get, i32.const(tileRows)), 'i32');
  const size = i32.const(type.size);
  fn.while(i32.ltS(p.from.get, p.to.get), () => {
    const i = fn.let(i32.mul(i32.remU(p.from.get, rowBlocks), p.rowBlock.get), 'i32');
    const place = fn.let(
      i32.add(p.places.get, i32.mul(i32.divU(p.from.get, rowBlocks), i32.const(PLACE_BYTES))),
      'i32',
    );
    const height = fn.let(smaller(p.rowBlock.get, i32.sub(p.rows.get, i)), 'i32');
    const rowTable = fn.let(i32.add(p.rowTable.get, i32.mul(i, i32.const(4))), 'i32');
    const a = fn.let(i32.add(i32.load(place), i32.mul(i, p.aRow.get)), 'i32');
    const j = fn.variable('i32', i32.const(0));
    fn.while(i32.ltS(j.get, p.columns.get), () => {
      const width = fn.let(smaller(p.columnBlock.get, i32.sub(p.columns.get, j.get)), 'i32');
      const b = i32.add(i32.load(place, 4), i32.mul(j.get, size));
      const [no, yes] = [i32.const(0), i32.const(1)];
      const left = [p.aRow.get, aTile, size, no];
      const right = [size, p.bRow.get, yes];
      const out = [i32.mul(width, size), size, no];
      const terms = [yes, no, no];
      fn.emit(
        emitter.call('product', [a, b, c, height, width, no, panels, p.depth.get, ...left, ...right, ...out, ...terms]),
      );
      const columnTable = i32.add(p.columnTable.get, i32.mul(j.get, i32.const(4)));
      fn.emit(emitter.call('addWindows', [i32.load(place, 8), columnTable, rowTable, width, height, c]));
      fn.emit(j.increase(p.columnBlock.get));
    });
    fn.emit(p.from.increase(i32.const(1)));
  });
}
