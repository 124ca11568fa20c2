import { type Code, i32, type Local, when } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import type { KernelSource } from '../engine.ts';
import type { ElementCode } from './element-type.ts';
import { namedParameters, ownOfThread, quotientUp, smaller } from './parameters.ts';

/** Depth of a panel: one of a and one of b fit the first-level cache together. */
export const MAX_DEPTH = 256;

/** How b gets into panels: from a matrix, or as the sliding windows of an image. */
export type RightOperand = 'columns' | 'windows';

/** What all products of a launch have in common; strides in bytes. */
const SHARED = [
  'depth',
  'aRow',
  'aTile',
  'aStep',
  'packsA',
  'bLine',
  'bStep',
  'packsB',
  'cRow',
  'cColumn',
  'accumulate',
  'terms',
  'aTerm',
  'bTerm',
] as const;

/** Parameters of one product, in this order: `aPanels` and `bPanels` are room of the thread's own. */
const PRODUCT_PARAMETERS = ['a', 'b', 'c', 'rows', 'columns', 'aPanels', 'bPanels', ...SHARED] as const;

type Parameters = Readonly<Record<(typeof PRODUCT_PARAMETERS)[number], Local>>;

/**
 * c [rows, columns] = (or +=) the sum over `terms` of a [rows, depth] b [depth, columns], which lie `aTerm` and `bTerm` apart.
 * Operands that can't be read in place are packed, MAX_DEPTH deep at a time. For windows `bLine` and `bStep` are the
 * addresses of the tables of columns and rows, otherwise strides.
 */
export function productKernel(type: ElementCode, tileRows: number, right: RightOperand): KernelSource {
  return {
    params: PRODUCT_PARAMETERS.map(() => 'i32'),
    write: (emitter) => writeProduct(emitter, type, tileRows, right),
  };
}

function writeProduct(emitter: Emitter, type: ElementCode, tileRows: number, right: RightOperand): void {
  const { fn } = emitter;
  const p = namedParameters(fn, PRODUCT_PARAMETERS);
  const adds = fn.variable('i32', p.accumulate.get);
  const left = fn.variable('i32', p.terms.get);
  fn.while(left.get, () => {
    const k = fn.variable('i32', i32.const(0));
    const isUnfinished = fn.variable('i32', i32.const(1));
    // Without depth there is one block still, which clears the output.
    fn.while(isUnfinished.get, () => {
      const length = fn.let(smaller(i32.sub(p.depth.get, k.get), i32.const(MAX_DEPTH)), 'i32');
      writeDepthBlock(emitter, type, tileRows, right, p, k.get, length, adds.get);
      fn.emit(adds.set(i32.const(1)), k.increase(i32.const(MAX_DEPTH)), isUnfinished.set(i32.ltS(k.get, p.depth.get)));
    });
    fn.emit(p.a.increase(p.aTerm.get), p.b.increase(p.bTerm.get), left.increase(i32.const(-1)));
  });
}

function writeDepthBlock(
  emitter: Emitter,
  type: ElementCode,
  tileRows: number,
  right: RightOperand,
  p: Parameters,
  k: Code,
  length: Code,
  adds: Code,
): void {
  const { fn } = emitter;
  const a = [
    fn.variable('i32', i32.add(p.a.get, i32.mul(p.aStep.get, k))),
    fn.variable('i32', p.aRow.get),
    fn.variable('i32', p.aTile.get),
    fn.variable('i32', p.aStep.get),
  ] as const;
  const rowBytes = i32.const(tileRows * type.size);
  const packedA = [
    emitter.call('packRows', [a[0].get, p.aRow.get, p.aStep.get, p.rows.get, length, p.aPanels.get]),
    a[0].set(p.aPanels.get),
    a[1].set(i32.const(type.size)),
    a[2].set(i32.mul(rowBytes, length)),
    a[3].set(rowBytes),
  ];
  const columnBytes = i32.const(type.columns * type.size);
  const b = [fn.local('i32'), fn.local('i32'), fn.local('i32')] as const;
  const inPanels = [b[0].set(p.bPanels.get), b[1].set(i32.mul(columnBytes, length)), b[2].set(columnBytes)];
  fn.emit(when(p.packsA.get, packedA));
  if (right === 'windows') {
    const rowTable = i32.add(p.bStep.get, i32.mul(k, i32.const(4)));
    fn.emit(emitter.call('packWindows', [p.b.get, p.bLine.get, rowTable, p.columns.get, length, p.bPanels.get]));
    fn.emit(...inPanels);
  } else {
    const from = fn.let(i32.add(p.b.get, i32.mul(p.bStep.get, k)), 'i32');
    const packed = emitter.call('packColumns', [from, p.bLine.get, p.bStep.get, p.columns.get, length, p.bPanels.get]);
    const inPlace = [b[0].set(from), b[1].set(columnBytes), b[2].set(p.bStep.get)];
    fn.emit(when(p.packsB.get, [packed, inPanels], inPlace));
  }
  const operands = [...a, ...b, p.c, p.cRow, p.cColumn, p.rows, p.columns].map((local) => local.get);
  fn.emit(emitter.call('block', [...operands, length, adds]));
}

/** Parameters of many products, in this order, behind the range of items. */
const PRODUCTS_PARAMETERS = [
  'places',
  'rows',
  'columns',
  'rowBlock',
  'columnBlock',
  'own',
  'ownBytes',
  'ownOfB',
  ...SHARED,
] as const;

/** Bytes per product in the table of places: the addresses of a, b and c. */
export const PLACE_BYTES = 12;

/**
 * Products of one size, each cut into blocks of so many rows and columns: items are blocks, product after product and row after
 * row. `own` is the first thread's room for panels; the next thread's lies `ownBytes` behind, and those of b `ownOfB` behind
 * those of a.
 */
export function productsKernel(tileRows: number, right: RightOperand): KernelSource {
  return {
    params: ['i32', 'i32', ...PRODUCTS_PARAMETERS.map(() => 'i32' as const)],
    write: (emitter) => writeProducts(emitter, tileRows, right),
  };
}

function writeProducts(emitter: Emitter, tileRows: number, right: RightOperand): void {
  const { fn } = emitter;
  const p = namedParameters(fn, ['from', 'to', ...PRODUCTS_PARAMETERS]);
  const aPanels = fn.let(ownOfThread(p.own.get, p.ownBytes.get), 'i32');
  const bPanels = fn.let(i32.add(aPanels, p.ownOfB.get), 'i32');
  const rowBlocks = fn.let(quotientUp(p.rows.get, p.rowBlock.get), 'i32');
  const columnBlocks = fn.let(quotientUp(p.columns.get, p.columnBlock.get), 'i32');
  fn.while(i32.ltS(p.from.get, p.to.get), () => {
    const line = fn.let(i32.divU(p.from.get, columnBlocks), 'i32');
    const i = fn.let(i32.mul(i32.remU(line, rowBlocks), p.rowBlock.get), 'i32');
    const j = fn.let(i32.mul(i32.remU(p.from.get, columnBlocks), p.columnBlock.get), 'i32');
    const place = fn.let(i32.add(p.places.get, i32.mul(i32.divU(line, rowBlocks), i32.const(PLACE_BYTES))), 'i32');
    // For windows, what moves from column to column is the table of columns.
    const isWindows = right === 'windows';
    const bLine = isWindows ? i32.add(p.bLine.get, i32.mul(j, i32.const(4))) : p.bLine.get;
    fn.emit(
      emitter.call('product', [
        i32.add(i32.load(place), i32.mul(i32.divU(i, i32.const(tileRows)), p.aTile.get)),
        isWindows ? i32.load(place, 4) : i32.add(i32.load(place, 4), i32.mul(j, p.bLine.get)),
        i32.add(i32.load(place, 8), i32.add(i32.mul(i, p.cRow.get), i32.mul(j, p.cColumn.get))),
        smaller(p.rowBlock.get, i32.sub(p.rows.get, i)),
        smaller(p.columnBlock.get, i32.sub(p.columns.get, j)),
        aPanels,
        bPanels,
        ...SHARED.map((name) => (name === 'bLine' ? bLine : p[name].get)),
      ]),
    );
    fn.emit(p.from.increase(i32.const(1)));
  });
}
