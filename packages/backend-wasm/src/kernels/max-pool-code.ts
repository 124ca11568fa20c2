import { type Code, f32x4, i32, i32x4, type Local, v128, when } from '../assembler/index.ts';
import { neighbours, storeLanes } from '../codegen/access.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { LANES } from '../codegen/value.ts';
import type { KernelSource } from '../engine.ts';

/**
 * Parameters, in this order: a range of planes, three addresses, then numbers of elements, each pair first along rows, then along
 * columns.
 */
const POOL_PARAMETERS = [
  'from',
  'to',
  'input',
  'output',
  'indices',
  'height',
  'width',
  'outputHeight',
  'outputWidth',
  'windowHeight',
  'windowWidth',
  'strideHeight',
  'strideWidth',
  'paddingHeight',
  'paddingWidth',
  'dilationHeight',
  'dilationWidth',
] as const;

type Parameters = Readonly<Record<(typeof POOL_PARAMETERS)[number], Local>>;

/** Largest float32 per window of contiguous planes, and its place in the plane: four windows of a row at once. */
export function maxPoolKernel(): KernelSource {
  return {
    params: POOL_PARAMETERS.map(() => 'i32'),
    write: (emitter) => new PoolWriter(emitter).write(),
  };
}

class PoolWriter {
  readonly #emitter: Emitter;
  readonly #p: Parameters;
  readonly #best: Local;
  readonly #place: Local;

  constructor(emitter: Emitter) {
    const { fn } = emitter;
    this.#emitter = emitter;
    this.#p = Object.fromEntries(POOL_PARAMETERS.map((name, k) => [name, fn.param(k)])) as Parameters;
    this.#best = fn.local('v128');
    this.#place = fn.local('v128');
  }

  write(): void {
    const { fn } = this.#emitter;
    const { from, to, input, output, indices, height, width, outputHeight, outputWidth } = this.#p;
    const planeBytes = i32.mul(i32.mul(height.get, width.get), i32.const(4));
    const resultBytes = i32.mul(i32.mul(outputHeight.get, outputWidth.get), i32.const(4));
    fn.emit(input.increase(i32.mul(planeBytes, from.get)));
    for (const pointer of [output, indices]) fn.emit(pointer.increase(i32.mul(resultBytes, from.get)));
    const y = fn.local('i32');
    const rest = fn.local('i32');
    fn.while(i32.ltS(from.get, to.get), () => {
      fn.emit(y.set(i32.const(0)));
      fn.while(i32.ltS(y.get, outputHeight.get), () => {
        fn.emit(rest.set(outputWidth.get));
        fn.while(i32.gtS(rest.get, i32.const(0)), () => {
          this.#windows(y, i32.sub(outputWidth.get, rest.get));
          this.#store(rest.get);
          fn.emit(rest.increase(i32.const(-LANES)));
        });
        // A row may end within a vector.
        for (const pointer of [output, indices]) fn.emit(pointer.increase(i32.mul(rest.get, i32.const(4))));
        fn.emit(y.increase(i32.const(1)));
      });
      fn.emit(input.increase(planeBytes), from.increase(i32.const(1)));
    });
  }

  /** Four windows of output row `y`, from output column `x` on. */
  #windows(y: Local, x: Code): void {
    const { fn } = this.#emitter;
    const p = this.#p;
    const columns = i32x4.mul(i32x4.add(i32x4.splat(x), i32x4.lanes([0, 1, 2, 3])), i32x4.splat(p.strideWidth.get));
    const left = fn.let(i32x4.sub(columns, i32x4.splat(p.paddingWidth.get)));
    const row = fn.variable('i32', i32.sub(i32.mul(y.get, p.strideHeight.get), p.paddingHeight.get));
    const rows = fn.variable('i32', p.windowHeight.get);
    fn.emit(this.#best.set(fn.f32(Number.NEGATIVE_INFINITY)), this.#place.set(fn.i32(-1)));
    fn.while(rows.get, () => {
      const isInside = i32.and(i32.leS(i32.const(0), row.get), i32.ltS(row.get, p.height.get));
      fn.emit(
        when(
          isInside,
          fn.collect(() => this.#row(row, left)),
        ),
      );
      fn.emit(row.increase(p.dilationHeight.get), rows.increase(i32.const(-1)));
    });
  }

  #row(row: Local, left: Code): void {
    const { fn } = this.#emitter;
    const p = this.#p;
    const start = fn.let(i32.mul(row.get, p.width.get), 'i32');
    const address = fn.let(i32.add(p.input.get, i32.mul(start, i32.const(4))), 'i32');
    const places = fn.let(i32x4.splat(start));
    const width = fn.let(i32x4.splat(p.width.get));
    const column = fn.variable('v128', left);
    const count = fn.variable('i32', p.windowWidth.get);
    fn.while(count.get, () => {
      const clamped = i32x4.minS(i32x4.maxS(column.get, fn.i32(0)), i32x4.sub(width, fn.i32(1)));
      const bytes = fn.let(i32x4.add(i32x4.add(clamped, clamped), i32x4.add(clamped, clamped)));
      const value = fn.let(
        [1, 2, 3].reduce<Code>(
          (sum, lane) => v128.load32Lane(i32.add(address, i32x4.extract(bytes, lane)), sum, lane),
          v128.load32Zero(i32.add(address, i32x4.extract(bytes, 0))),
        ),
      );
      const isInside = v128.and(i32x4.geS(column.get, fn.i32(0)), i32x4.ltS(column.get, width));
      const [best, place] = [this.#best.get, this.#place.get];
      const isFirstNaN = v128.and(f32x4.ne(value, value), f32x4.eq(best, best));
      const beats = v128.or(v128.or(i32x4.ltS(place, fn.i32(0)), f32x4.gt(value, best)), isFirstNaN);
      const wins = fn.let(v128.and(isInside, beats));
      fn.emit(this.#best.set(v128.bitselect(value, best, wins)));
      fn.emit(this.#place.set(v128.bitselect(i32x4.add(places, column.get), place, wins)));
      fn.emit(column.set(i32x4.add(column.get, i32x4.splat(p.dilationWidth.get))), count.increase(i32.const(-1)));
    });
  }

  #store(rest: Code): void {
    const { fn } = this.#emitter;
    for (const [pointer, value] of [
      [this.#p.output, this.#best],
      [this.#p.indices, this.#place],
    ] as const) {
      const some = storeLanes('float32', pointer.get, neighbours('float32'), [value.get], rest);
      fn.emit(when(i32.gtS(rest, i32.const(LANES - 1)), v128.store(pointer.get, value.get), some));
      fn.emit(pointer.increase(i32.const(4 * LANES)));
    }
  }
}
