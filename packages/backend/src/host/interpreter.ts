import { IndexError, isFloat, Layout, select, slice } from '@gradus/storage';
import { type Environment, evaluator } from '../expression/evaluate.ts';
import type { MapProgram, ReduceProgram } from '../expression/program.ts';
import type { ScanOp, ScatterCombine } from '../kernel.ts';
import { combine, type FoldState, foldInitial, foldStep, scanStep } from './fold.ts';
import { forEachPosition, type HostView, reader, writer } from './host-view.ts';

/**
 * The meaning of the seven kernels, element by element on typed arrays: the reference that the conformance kit compares
 * with, and what `HostBackend` runs until it is overridden. Written to be read, not to be fast.
 */

export function interpretMap(
  program: MapProgram,
  inputs: readonly HostView[],
  outputs: readonly HostView[],
  uniforms: readonly number[],
): void {
  const reads = inputs.map(reader);
  const writes = outputs.map(writer);
  const shape = (outputs[0] as HostView).layout.shape;
  const layouts = [...inputs, ...outputs].map((view) => view.layout);
  // All outputs are computed before any is written: an output may overwrite an input.
  const evaluate = evaluator(program.outputs);
  forEachPosition(shape, layouts, (positions, coordinates) => {
    evaluate(environmentAt(reads, positions, coordinates, uniforms)).forEach((value, o) => {
      writes[o]?.(positions[inputs.length + o] as number, value);
    });
  });
}

function environmentAt(
  reads: readonly ((position: number) => number)[],
  positions: readonly number[],
  coordinates: readonly number[],
  uniforms: readonly number[],
): Environment {
  return {
    input: (index) => (reads[index] as (position: number) => number)(positions[index] as number),
    uniform: (index) => uniforms[index] as number,
    coordinate: (axis) => coordinates[axis] as number,
  };
}

export function interpretReduce(
  program: ReduceProgram,
  inputs: readonly HostView[],
  output: HostView,
  axes: readonly number[],
  uniforms: readonly number[],
  indices?: HostView,
): void {
  const reads = inputs.map(reader);
  const write = writer(output);
  const shape = (inputs[0] as HostView).layout.shape;
  const reducedShape = shape.map((n, axis) => (axes.includes(axis) ? n : 1));
  const [body, finish] = [evaluator([program.body]), evaluator([program.finish])];
  forEachPosition(output.layout.shape, [output.layout], ([target], outer) => {
    const layouts = inputs.map((view) => shifted(view.layout, outer));
    let state: FoldState = foldInitial(program);
    let position = 0;
    forEachPosition(reducedShape, layouts, (positions, inner) => {
      const coordinates = inner.map((n, axis) => n + (outer[axis] as number));
      const [value] = body(environmentAt(reads, positions, coordinates, uniforms));
      state = foldStep(program, state, value as number, position++);
    });
    const folded = program.fold.startsWith('arg') ? state.index : state.value;
    const [result] = finish({
      input: () => folded,
      uniform: (index) => uniforms[index] as number,
      coordinate: (axis) => outer[axis] as number,
    });
    write(target as number, result as number);
    if (indices !== undefined) writer(indices)(positionAt(indices.layout, outer), state.index);
  });
}

/** The layout with its start moved to the given coordinates. */
function shifted(layout: Layout, coordinates: readonly number[]): Layout {
  return coordinates.reduce(
    (moved, at, axis) => (at === 0 ? moved : slice(moved, axis, at, (moved.shape[axis] as number) - at, 1)),
    layout,
  );
}

function positionAt(layout: Layout, coordinates: readonly number[]): number {
  return coordinates.reduce((position, at, axis) => position + at * (layout.strides[axis] as number), layout.offset);
}

export function interpretScan(op: ScanOp, input: HostView, output: HostView, axis: number, indices?: HostView): void {
  const read = reader(input);
  const write = writer(output);
  const writeIndex = indices === undefined ? null : writer(indices);
  forEachLine(
    input.layout,
    axis,
    [input, output, ...(indices === undefined ? [] : [indices])],
    (positions, strides, n) => {
      const [from, to, at] = positions as [number, number, number];
      const [fromStride, toStride, atStride] = strides as [number, number, number];
      let state: FoldState = { value: 0, index: 0 };
      for (let i = 0; i < n; i++) {
        state = scanStep(op, input.dtype, state, read(from + i * fromStride), i);
        write(to + i * toStride, state.value);
        writeIndex?.(at + i * atStride, state.index);
      }
    },
  );
}

export function interpretMatMul(a: HostView, b: HostView, output: HostView, accumulate: boolean): void {
  const [readA, readB, readOut, write] = [reader(a), reader(b), reader(output), writer(output)];
  const rank = output.layout.rank;
  const depth = a.layout.shape[rank - 1] as number;
  const aStep = a.layout.strides[rank - 1] as number;
  const bStep = b.layout.strides[rank - 2] as number;
  // An operand's position doesn't move along the axis that it lacks: b's rows, a's columns.
  const aRows = lineStarts(a.layout, rank - 1, output.layout);
  const bColumns = lineStarts(b.layout, rank - 2, output.layout);
  const sums = isFloat(output.dtype) ? plainProduct : integerProduct;
  forEachPosition(output.layout.shape, [output.layout, aRows, bColumns], ([target, row, column]) => {
    let sum = accumulate ? readOut(target as number) : 0;
    for (let k = 0; k < depth; k++) {
      sum = sums(sum, readA((row as number) + k * aStep), readB((column as number) + k * bStep));
    }
    write(target as number, sum);
  });
}

const plainProduct = (sum: number, a: number, b: number): number => sum + a * b;
const integerProduct = (sum: number, a: number, b: number): number => (sum + Math.imul(a, b)) | 0;

/** The layout stretched to the output's shape with stride 0 along the contracted axis. */
function lineStarts(layout: Layout, contracted: number, like: Layout): Layout {
  return new Layout(
    like.shape,
    layout.strides.map((s, i) => (i === contracted ? 0 : s)),
    layout.offset,
  );
}

export function interpretGather(source: HostView, index: HostView, output: HostView, axis: number): void {
  const [read, readIndex, write] = [reader(source), reader(index), writer(output)];
  const size = source.layout.shape[axis] as number;
  const stride = source.layout.strides[axis] as number;
  const start = along(source.layout, axis);
  forEachPosition(output.layout.shape, [output.layout, index.layout, start], ([target, at, base]) => {
    write(target as number, read((base as number) + checked('gather', readIndex(at as number), size, axis) * stride));
  });
}

export function interpretScatter(
  output: HostView,
  index: HostView,
  source: HostView,
  axis: number,
  how: ScatterCombine,
): void {
  const [readSource, readIndex, read, write] = [reader(source), reader(index), reader(output), writer(output)];
  const size = output.layout.shape[axis] as number;
  const stride = output.layout.strides[axis] as number;
  const start = along(output.layout, axis);
  forEachPosition(index.layout.shape, [start, index.layout, source.layout], ([base, at, from]) => {
    const target = (base as number) + checked('scatter', readIndex(at as number), size, axis) * stride;
    write(target, combine(how, output.dtype, read(target), readSource(from as number)));
  });
}

/** The layout with stride 0 along an axis: where the lines along it start. */
function along(layout: Layout, axis: number): Layout {
  return new Layout(
    layout.shape,
    layout.strides.map((s, i) => (i === axis ? 0 : s)),
    layout.offset,
  );
}

/** An index that was read from a tensor; the same check in every kernel that uses one. */
export function checked(op: string, index: number, size: number, axis: number): number {
  if (index < 0 || index >= size || index !== Math.trunc(index)) {
    throw new IndexError(`${op}: index ${index} is out of bounds for axis ${axis} with ${size} elements`);
  }
  return index;
}

export function interpretSort(
  input: HostView,
  values: HostView,
  indices: HostView,
  axis: number,
  descending: boolean,
): void {
  const [read, write, writeIndex] = [reader(input), writer(values), writer(indices)];
  forEachLine(input.layout, axis, [input, values, indices], (positions, strides, n) => {
    const [from, to, at] = positions as [number, number, number];
    const [fromStride, toStride, atStride] = strides as [number, number, number];
    const line = Float64Array.from({ length: n }, (_, i) => read(from + i * fromStride));
    const order = sortedOrder(line, descending);
    for (let i = 0; i < n; i++) {
      write(to + i * toStride, line[order[i] as number] as number);
      writeIndex(at + i * atStride, order[i] as number);
    }
  });
}

/** The stable order of a line; NaN is the largest. */
export function sortedOrder(line: Float64Array, descending: boolean): Int32Array {
  const order = Int32Array.from(line, (_, i) => i);
  const sign = descending ? -1 : 1;
  return order.sort((i, j) => sign * compareNaNLast(line[i] as number, line[j] as number) || i - j);
}

function compareNaNLast(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Calls `body` for every line along `axis`, with each view's start and stride. */
export function forEachLine(
  layout: Layout,
  axis: number,
  views: readonly HostView[],
  body: (positions: readonly number[], strides: readonly number[], length: number) => void,
): void {
  if (layout.rank === 0) {
    body(
      views.map((view) => view.layout.offset),
      views.map(() => 0),
      1,
    );
    return;
  }
  const lines = views.map((view) => select(view.layout, axis, 0));
  const strides = views.map((view) => view.layout.strides[axis] as number);
  const length = layout.shape[axis] as number;
  forEachPosition((lines[0] as Layout).shape, lines, (positions) => body(positions, strides, length));
}
