import { type DType, isFloat, isHalf, type TypedArray } from '@gradus/storage';
import { wrapInteger } from '../../expression/evaluate.ts';
import type { ScanOp } from '../../kernel.ts';
import type { HostView } from '../host-view.ts';
import { forEachLine, interpretScan } from '../interpreter.ts';

/** One line of a scan: n elements, each view from its start in steps of its stride. */
type Line = (from: number, fromStride: number, to: number, toStride: number, n: number) => void;

/** Running folds along an axis; those with indices, logarithms or halves are the interpreter's. */
export function scan(op: ScanOp, input: HostView, output: HostView, axis: number, indices?: HostView): void {
  const line = indices === undefined && !isHalf(input.dtype) ? lineOf(op, input, output) : null;
  if (line === null) {
    interpretScan(op, input, output, axis, indices);
    return;
  }
  forEachLine(input.layout, axis, [input, output], (positions, strides, n) => {
    line(positions[0] as number, strides[0] as number, positions[1] as number, strides[1] as number, n);
  });
}

function lineOf(op: ScanOp, { data, dtype }: HostView, output: HostView): Line | null {
  if (op === 'sum')
    return isFloat(dtype) ? runningSum(data, output.data) : runningInteger(add, data, output.data, dtype);
  if (op === 'prod')
    return isFloat(dtype) ? runningProduct(data, output.data) : runningInteger(Math.imul, data, output.data, dtype);
  if (op === 'max' || op === 'min') return runningExtreme(data, output.data, op === 'max');
  return null;
}

const add = (a: number, b: number): number => a + b;

function runningSum(data: TypedArray, output: TypedArray): Line {
  return (from, fromStride, to, toStride, n) => {
    // From -0, which is neutral for every number: the first sum is the first element, -0 included.
    let sum = -0;
    for (let i = 0; i < n; i++) {
      sum += data[from + i * fromStride] as number;
      output[to + i * toStride] = sum;
    }
  };
}

function runningProduct(data: TypedArray, output: TypedArray): Line {
  return (from, fromStride, to, toStride, n) => {
    let product = 1;
    for (let i = 0; i < n; i++) {
      product *= data[from + i * fromStride] as number;
      output[to + i * toStride] = product;
    }
  };
}

function runningInteger(
  fold: (a: number, b: number) => number,
  data: TypedArray,
  output: TypedArray,
  dtype: DType,
): Line {
  return (from, fromStride, to, toStride, n) => {
    let folded = n > 0 ? (data[from] as number) : 0;
    if (n > 0) output[to] = folded;
    for (let i = 1; i < n; i++) {
      folded = wrapInteger(fold(folded, data[from + i * fromStride] as number), dtype);
      output[to + i * toStride] = folded;
    }
  };
}

function runningExtreme(data: TypedArray, output: TypedArray, wantsMax: boolean): Line {
  return (from, fromStride, to, toStride, n) => {
    let best = n > 0 ? (data[from] as number) : 0;
    for (let i = 0; i < n; i++) {
      const value = data[from + i * fromStride] as number;
      if ((wantsMax ? value >= best : value <= best) || value !== value) best = value;
      output[to + i * toStride] = best;
    }
  };
}
