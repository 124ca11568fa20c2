import type { Code } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import type { KernelSource } from '../engine.ts';
import { type ElementCode, type ElementType, elementCodes } from './element-type.ts';
import { blockSources } from './gemm.ts';
import { packKernel } from './pack-code.ts';

/** Address, stride from row to row, from tile to tile and along the depth: the left factor of a block. */
export type LeftFactor = readonly [pointer: Code, row: Code, tile: Code, step: Code];

/** Address, stride from panel to panel and along the depth: the right factor. */
export type RightFactor = readonly [pointer: Code, panel: Code, step: Code];

/** Address and strides of the result. */
export type Target = readonly [pointer: Code, row: Code, column: Code];

/** The functions that products inside of another kernel need in its module. */
export function blockCallSources(type: ElementType, tileRows: number): Record<string, KernelSource> {
  const code = elementCodes[type];
  return { ...blockSources(code, tileRows), packColumns: packKernel(code, code.columns) };
}

/** Bytes of the panels of so many columns, `depth` deep. */
export function panelBytes(type: ElementType, columns: number, depth: number): number {
  const { columns: width, size } = elementCodes[type];
  return Math.ceil(columns / width) * width * depth * size;
}

/** Calls of those functions, while the kernel is written. */
export class BlockCalls {
  readonly type: ElementCode;
  readonly tileRows: number;
  readonly #emitter: Emitter;

  constructor(emitter: Emitter, type: ElementType, tileRows: number) {
    this.#emitter = emitter;
    this.type = elementCodes[type];
    this.tileRows = tileRows;
  }

  /** out [rows, columns] = (or +=) a [rows, depth] b [depth, columns]. */
  multiply(
    a: LeftFactor,
    b: RightFactor,
    out: Target,
    sizes: readonly [rows: Code, columns: Code, depth: Code],
    accumulate: Code,
  ): Code {
    return this.#emitter.call('block', [...a, ...b, ...out, ...sizes, accumulate]);
  }

  /** Copies the columns of a right factor into panels. */
  packColumns(from: Code, lineStride: Code, step: Code, lines: Code, depth: Code, into: Code): Code {
    return this.#emitter.call('packColumns', [from, lineStride, step, lines, depth, into]);
  }
}
