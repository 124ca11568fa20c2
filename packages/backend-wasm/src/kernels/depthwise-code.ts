import { type Code, i32, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { type FloatType, LineCode } from '../codegen/line-code.ts';
import type { KernelSource } from '../engine.ts';

import { namedParameters } from '../matmul/parameters.ts';

// Convolution where every group is one channel: too thin for products of matrices, so planes are walked row by row. Along the last
// axis windows are a step apart, so that neighbouring outputs have neighbouring inputs.

/**
 * Parameters behind the range: addresses of padded images, weights, output planes (or their gradients), and of the tables of
 * window elements and of positions; then numbers of window elements, rows and columns of an output plane, images, groups, output
 * channels of a group, and bytes of a padded channel.
 */
const PARAMETERS = [
  'image',
  'weight',
  'plane',
  'windows',
  'positions',
  'elements',
  'rows',
  'columns',
  'batch',
  'groups',
  'outer',
  'channelBytes',
] as const;

type Parameters = Readonly<Record<(typeof PARAMETERS)[number] | 'from' | 'to', Code>>;

/** Output planes [from, to): sums of the window elements' rows. */
export function depthwiseKernel(type: FloatType): KernelSource {
  return kernel(type, (writer) => writer.forward());
}

/** Channels [from, to) of images that are zero: the gradient's rows are added where their windows lay. */
export function depthwiseInputKernel(type: FloatType): KernelSource {
  return kernel(type, (writer) => writer.input());
}

/** Elements [from, to) of the weights: sums over all planes of the gradient. */
export function depthwiseWeightKernel(type: FloatType): KernelSource {
  return kernel(type, (writer) => writer.weight());
}

function kernel(type: FloatType, write: (writer: DepthwiseWriter) => void): KernelSource {
  return {
    params: ['i32', 'i32', ...PARAMETERS.map(() => 'i32' as const)],
    write: (emitter) => write(new DepthwiseWriter(emitter, type)),
  };
}

class DepthwiseWriter {
  readonly #emitter: Emitter;
  readonly #line: LineCode;
  readonly #p: Parameters;

  constructor(emitter: Emitter, type: FloatType) {
    this.#emitter = emitter;
    this.#line = new LineCode(emitter, type);
    const locals = Object.entries(namedParameters(emitter.fn, ['from', 'to', ...PARAMETERS]));
    this.#p = Object.fromEntries(locals.map(([name, local]) => [name, local.get])) as Parameters;
  }

  forward(): void {
    const { fn } = this.#emitter;
    const { from, to, groups, outer, columns } = this.#p;
    const line = this.#line;
    this.#repeat(from, to, (plane) => {
      const channel = this.#channel(i32.divU(plane, outer));
      const weights = this.#weights(i32.remU(plane, i32.mul(groups, outer)));
      this.#rows(plane, channel, (input, output) => {
        line.walk(columns, (at, inside) => {
          const sum = fn.variable('v128', line.constant(0));
          this.#window(weights, (offset, weight) => {
            const value = v128.load(i32.add(i32.add(input, offset), at));
            fn.emit(sum.set(line.madd(weight, value, sum.get)));
          });
          line.store(i32.add(output, at), sum.get, inside);
        });
      });
    });
  }

  input(): void {
    const { from, to, groups, outer, columns } = this.#p;
    const line = this.#line;
    this.#repeat(from, to, (item) => {
      this.#repeat(i32.const(0), outer, (o) => {
        const weights = this.#weights(i32.add(i32.mul(i32.remU(item, groups), outer), o));
        this.#rows(i32.add(i32.mul(item, outer), o), this.#channel(item), (image, gradient) => {
          this.#window(weights, (offset, weight) => {
            const start = this.#emitter.fn.let(i32.add(image, offset), 'i32');
            line.walk(columns, (at, inside) => {
              const place = i32.add(start, at);
              line.store(place, line.madd(weight, v128.load(i32.add(gradient, at)), v128.load(place)), inside);
            });
          });
        });
      });
    });
  }

  weight(): void {
    const { fn } = this.#emitter;
    const { from, to, elements, weight, windows, batch, groups, outer, columns } = this.#p;
    const line = this.#line;
    this.#repeat(from, to, (item) => {
      const filter = fn.let(i32.divU(item, elements), 'i32');
      const group = fn.let(i32.divU(filter, outer), 'i32');
      const offset = fn.let(i32.load(i32.add(windows, i32.mul(i32.remU(item, elements), i32.const(4)))), 'i32');
      const total = line.total();
      this.#repeat(i32.const(0), batch, (image) => {
        const channel = this.#channel(i32.add(i32.mul(image, groups), group));
        const plane = fn.let(i32.add(i32.mul(image, i32.mul(groups, outer)), filter), 'i32');
        this.#rows(plane, i32.add(channel, offset), (input, gradient) => {
          const product = (at: Code): Code =>
            line.lanes.mul(v128.load(i32.add(input, at)), v128.load(i32.add(gradient, at)));
          line.walk(columns, (at, inside) => total.add(line.within(product(at), inside)), [total]);
          total.settle();
        });
      });
      fn.emit(line.storeFirst(i32.add(weight, this.#bytes(item)), total.times(fn.f64(1))));
    });
  }

  #bytes(count: Code): Code {
    return i32.mul(count, i32.const(this.#line.size));
  }

  /** Where a padded channel begins, counted over all images. */
  #channel(index: Code): Code {
    return this.#emitter.fn.let(i32.add(this.#p.image, i32.mul(index, this.#p.channelBytes)), 'i32');
  }

  #weights(filter: Code): Code {
    return this.#emitter.fn.let(i32.add(this.#p.weight, this.#bytes(i32.mul(filter, this.#p.elements))), 'i32');
  }

  #repeat(from: Code, to: Code, body: (index: Code) => void): void {
    const { fn } = this.#emitter;
    const index = fn.variable('i32', from);
    fn.while(i32.ltS(index.get, to), () => {
      body(index.get);
      fn.emit(index.increase(i32.const(1)));
    });
  }

  /** Rows of an output plane: where the windows of one begin in a channel, and where it lies itself. */
  #rows(plane: Code, channel: Code, body: (input: Code, output: Code) => void): void {
    const { fn } = this.#emitter;
    const { rows, columns, positions } = this.#p;
    const start = fn.let(i32.mul(plane, i32.mul(rows, columns)), 'i32');
    this.#repeat(i32.const(0), rows, (row) => {
      const first = fn.let(i32.mul(row, columns), 'i32');
      const offset = i32.load(i32.add(positions, i32.mul(first, i32.const(4))));
      const output = i32.add(this.#p.plane, this.#bytes(i32.add(start, first)));
      body(fn.let(i32.add(channel, offset), 'i32'), fn.let(output, 'i32'));
    });
  }

  /** The elements of a window: how far behind its start each lies, and its weight in all lanes. */
  #window(weights: Code, body: (offset: Code, weight: Code) => void): void {
    const { fn } = this.#emitter;
    const { windows, elements } = this.#p;
    this.#repeat(i32.const(0), elements, (k) => {
      const offset = fn.let(i32.load(i32.add(windows, i32.mul(k, i32.const(4)))), 'i32');
      body(offset, fn.let(this.#line.splat(i32.add(weights, this.#bytes(k)))));
    });
  }
}
