import { type Code, i32, type Local, select, v128, when } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import type { KernelSource } from '../engine.ts';
import type { ElementCode } from './element-type.ts';
import { namedParameters, smaller } from './parameters.ts';

// The layout of Goto & van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): operands are copied into
// panels that the inner loop reads from start to end, whatever their strides were.

/** Parameters of both packing functions, in this order: `lines` are rows of a or columns of b; strides in bytes. */
const PACK_PARAMETERS = ['from', 'lineStride', 'step', 'lines', 'depth', 'into'] as const;

/**
 * Panels of `width` lines: element k of all lines of a panel, then element k + 1, ... Lines beyond the last repeat it: what is
 * computed from them is dropped.
 */
export function packKernel(type: ElementCode, width: number): KernelSource {
  return {
    params: PACK_PARAMETERS.map(() => 'i32'),
    write: (emitter) => writePack(emitter, type, width),
  };
}

/** Parameters of packing panels [from, to), behind the range. */
const PANELS_PARAMETERS = ['source', 'lineStride', 'step', 'lines', 'depth', 'into'] as const;

/** Panels [from, to) of all lines, by the module's function `packRows`. */
export function packPanelsKernel(type: ElementCode, width: number): KernelSource {
  return {
    params: ['i32', 'i32', ...PANELS_PARAMETERS.map(() => 'i32' as const)],
    write: (emitter) => writePackPanels(emitter, type, width),
  };
}

function writePackPanels(emitter: Emitter, type: ElementCode, width: number): void {
  const { fn } = emitter;
  const p = namedParameters(fn, ['from', 'to', ...PANELS_PARAMETERS]);
  const line = fn.let(i32.mul(p.from.get, i32.const(width)), 'i32');
  const end = smaller(p.lines.get, i32.mul(p.to.get, i32.const(width)));
  const source = i32.add(p.source.get, i32.mul(line, p.lineStride.get));
  const into = i32.add(p.into.get, i32.mul(i32.mul(line, p.depth.get), i32.const(type.size)));
  const lines = i32.sub(end, line);
  fn.emit(emitter.call('packRows', [source, p.lineStride.get, p.step.get, lines, p.depth.get, into]));
}

function writePack(emitter: Emitter, type: ElementCode, width: number): void {
  const { fn } = emitter;
  const [from, lineStride, , lines, depth] = PACK_PARAMETERS.map((_, k) => fn.param(k)) as Local[] &
    [Local, Local, Local, Local, Local];
  fn.while(i32.gtS(lines.get, i32.const(0)), () => {
    const isContiguous = i32.and(i32.eq(lineStride.get, i32.const(type.size)), i32.leS(i32.const(width), lines.get));
    const vectors = fn.collect(() => copyNeighbours(emitter, type, width, from, depth));
    const elements = fn.collect(() => copyLines(emitter, type, width, from, depth));
    fn.emit(when(isContiguous, vectors, elements));
    fn.emit(from.increase(i32.mul(lineStride.get, i32.const(width))), lines.increase(i32.const(-width)));
  });
}

/** Lines that lie next to each other: vectors are copied. */
function copyNeighbours({ fn }: Emitter, type: ElementCode, width: number, from: Local, depth: Local): void {
  const [step, into] = [fn.param(2), fn.param(5)];
  const source = fn.variable('i32', from.get);
  const left = fn.variable('i32', depth.get);
  const bytes = width * type.size;
  fn.while(left.get, () => {
    // A panel may end with half a vector.
    for (let at = 0; at + 16 <= bytes; at += 16) fn.emit(v128.store(into.get, v128.load(source.get, at), at));
    const rest = bytes - (bytes % 16);
    if (rest < bytes) fn.emit(v128.store64Lane(into.get, v128.load64Zero(source.get, rest), 0, rest));
    fn.emit(into.increase(i32.const(bytes)), source.increase(step.get), left.increase(i32.const(-1)));
  });
}

function copyLines({ fn }: Emitter, type: ElementCode, width: number, from: Local, depth: Local): void {
  const [lineStride, step, lines, into] = [1, 2, 3, 5].map((k) => fn.param(k)) as Local[] &
    [Local, Local, Local, Local];
  const pointers = Array.from({ length: width }, (_, line) => {
    const within = select(i32.const(line), i32.sub(lines.get, i32.const(1)), i32.gtS(lines.get, i32.const(line)));
    return fn.variable('i32', i32.add(from.get, i32.mul(lineStride.get, within)));
  });
  const left = fn.variable('i32', depth.get);
  fn.while(left.get, () => {
    for (let line = 0; line < width; line += type.lanes) {
      const group = pointers.slice(line, line + type.lanes);
      const vector = group.reduce<Code>(
        (sum, pointer, lane) => (lane === 0 ? type.loadFirst(pointer.get) : type.loadLane(pointer.get, sum, lane)),
        [],
      );
      const value = fn.let(vector);
      const at = line * type.size;
      if (group.length === type.lanes) fn.emit(v128.store(into.get, value, at));
      else
        group.forEach((_, lane) => {
          fn.emit(type.storeLane(into.get, value, lane, at + lane * type.size));
        });
    }
    for (const pointer of pointers) fn.emit(pointer.increase(step.get));
    fn.emit(into.increase(i32.const(width * type.size)), left.increase(i32.const(-1)));
  });
}
