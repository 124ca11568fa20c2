import { type Code, i32, type Local, select, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import type { KernelSource } from '../engine.ts';
import type { ElementCode } from '../matmul/element-type.ts';

// Columns of sliding windows: element (k, p) of the matrix is the image's at `rowAt[k] + columnAt[p]`. The tables hold bytes.

/** Packs [depth, columns] straight into panels: parameters are the image, both tables, the counts and the panels. */
export function packWindowsKernel(type: ElementCode): KernelSource {
  return {
    params: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    write: (emitter) => writePack(emitter, type),
  };
}

function writePack({ fn }: Emitter, type: ElementCode): void {
  const [image, columnAt, rowAt, columns, depth, into] = [0, 1, 2, 3, 4, 5].map((k) => fn.param(k)) as Local[] &
    [Local, Local, Local, Local, Local, Local];
  fn.while(i32.gtS(columns.get, i32.const(0)), () => {
    // Columns beyond the last repeat the first: what is computed from them is dropped.
    const pointers = Array.from({ length: type.columns }, (_, column) => {
      const within = select(i32.const(4 * column), i32.const(0), i32.gtS(columns.get, i32.const(column)));
      return fn.let(i32.add(image.get, i32.load(i32.add(columnAt.get, within))), 'i32');
    });
    const left = fn.variable('i32', depth.get);
    const row = fn.variable('i32', rowAt.get);
    fn.while(left.get, () => {
      const offset = fn.let(i32.load(row.get), 'i32');
      for (let column = 0; column < type.columns; column += type.lanes) {
        const group = pointers.slice(column, column + type.lanes).map((pointer) => i32.add(pointer, offset));
        const vector = group.reduce<Code>(
          (sum, at, lane) => (lane === 0 ? type.loadFirst(at) : type.loadLane(at, sum, lane)),
          [],
        );
        fn.emit(v128.store(into.get, vector, column * type.size));
      }
      fn.emit(into.increase(i32.const(type.columns * type.size)));
      fn.emit(row.increase(i32.const(4)), left.increase(i32.const(-1)));
    });
    fn.emit(columnAt.increase(i32.const(4 * type.columns)), columns.increase(i32.const(-type.columns)));
  });
}

/** Adds a contiguous matrix [depth, columns] onto the image: parameters are those of packing, the matrix last. */
export function addWindowsKernel(type: ElementCode): KernelSource {
  return {
    params: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    write: (emitter) => writeAdd(emitter, type),
  };
}

function writeAdd({ fn }: Emitter, type: ElementCode): void {
  const [image, columnAt, rowAt, columns, depth, from] = [0, 1, 2, 3, 4, 5].map((k) => fn.param(k)) as Local[] &
    [Local, Local, Local, Local, Local, Local];
  fn.while(depth.get, () => {
    const start = fn.let(i32.add(image.get, i32.load(rowAt.get)), 'i32');
    const column = fn.variable('i32', columnAt.get);
    const left = fn.variable('i32', columns.get);
    fn.while(left.get, () => {
      const at = fn.let(i32.add(start, i32.load(column.get)), 'i32');
      fn.emit(type.storeLane(at, type.add(type.loadFirst(at), type.loadFirst(from.get)), 0));
      fn.emit(from.increase(i32.const(type.size)), column.increase(i32.const(4)), left.increase(i32.const(-1)));
    });
    fn.emit(rowAt.increase(i32.const(4)), depth.increase(i32.const(-1)));
  });
}
