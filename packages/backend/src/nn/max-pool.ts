import { Layout, type Shape } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import { add, div, lt, mod, mul, select, sub } from '../expression/builder.ts';
import { coordinate, type Expression, input, uniform } from '../expression/expression.ts';
import { mapProgram, plainReduceProgram } from '../expression/program.ts';
import type { MaxPoolKernel } from '../fused.ts';
import { withLayout, withScratch } from '../scratch.ts';
import { pad, paddedShape, windows } from './windows.ts';

export function maxPool(fields: Omit<MaxPoolKernel, 'kind' | 'name' | 'decompose'>): MaxPoolKernel {
  return { kind: 'fused', name: 'maxPool', decompose, ...fields };
}

/** The maximum over a view of windows; its index within the window is then mapped to one within the plane. */
function decompose(backend: Backend, kernel: MaxPoolKernel): void {
  const { input: x, output, indices, window, geometry } = kernel;
  const { shape } = output.layout;
  const positions = shape.slice(2);
  withScratch(backend, (allocate) => {
    const reached = paddedShape(x.layout.shape, geometry.padding).map((n, axis) =>
      axis < 2 ? n : Math.max(n, reach(axis - 2, positions, kernel)),
    );
    const padded = pad(backend, allocate, x, geometry.padding, Number.NEGATIVE_INFINITY, reached);
    const view = windows(padded, positions, window, geometry);
    const axes = window.map((_, i) => shape.length + i);
    const trailing = (layout: Layout): Layout =>
      new Layout([...layout.shape, ...window.map(() => 1)], [...layout.strides, ...window.map(() => 0)], layout.offset);
    const within = allocate(shape, 'int32');
    backend.launch({
      kind: 'reduce',
      program: plainReduceProgram('max', x.dtype),
      inputs: [view],
      output: withLayout(output, trailing(output.layout)),
      indices: withLayout(within, trailing(within.layout)),
      axes,
      uniforms: [],
    });
    const uniforms = window.flatMap((size, i) => [
      size,
      x.layout.shape[i + 2] as number,
      geometry.stride[i] as number,
      geometry.padding[i] as number,
      geometry.dilation[i] as number,
    ]);
    const program = mapProgram(
      ['int32'],
      uniforms.map(() => 'int32'),
      [planeIndex(window.length)],
    );
    backend.launch({ kind: 'map', program, inputs: [within], outputs: [indices], uniforms });
  });
}

/** Where the last window along a spatial axis ends, which may be behind the padding. */
function reach(axis: number, positions: Shape, { window, geometry }: MaxPoolKernel): number {
  const last = ((positions[axis] as number) - 1) * (geometry.stride[axis] as number);
  return last + ((window[axis] as number) - 1) * (geometry.dilation[axis] as number) + 1;
}

/**
 * The flat index in the input's plane of window element `input 0` at the current position. Five uniforms per axis:
 * window size, input size, stride, padding, dilation.
 */
function planeIndex(axes: number): Expression {
  let rest = input(0, 'int32');
  let scale: Expression | null = null;
  let index: Expression | null = null;
  for (let axis = axes - 1; axis >= 0; axis--) {
    const [window, size, stride, padding, dilation] = [0, 1, 2, 3, 4].map((k) => uniform(axis * 5 + k, 'int32')) as [
      Expression,
      Expression,
      Expression,
      Expression,
      Expression,
    ];
    const start = sub(mul(coordinate(axis + 2), stride), padding);
    const winner = add(start, mul(mod(rest, window), dilation));
    // Padding wins only where all of the window is -Infinity; then the first element inside the plane stands for it.
    const at = select(lt(winner, 0), mod(start, dilation), winner);
    index = index === null || scale === null ? at : add(index, mul(at, scale));
    scale = scale === null ? size : mul(scale, size);
    rest = div(rest, window);
  }
  return index as Expression;
}
