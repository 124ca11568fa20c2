import { decoderOf, Layout } from '@gradus/storage';
import type { MaxPoolKernel } from '../../fused.ts';
import { forEachPosition, type HostView } from '../host-view.ts';

type Window = Pick<MaxPoolKernel, 'window' | 'geometry'>;

/** One spatial axis of a pooling. */
interface Axis {
  readonly positions: number;
  readonly size: number;
  readonly window: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/** Pooling over one or two spatial axes; the indices are flat in the input's plane. */
export function maxPool(input: HostView, output: HostView, indices: HostView, { window, geometry }: Window): void {
  const spatial = window.map((size, i) => ({
    positions: output.layout.shape[i + 2] as number,
    size: input.layout.shape[i + 2] as number,
    window: size,
    stride: geometry.stride[i] as number,
    padding: geometry.padding[i] as number,
    dilation: geometry.dilation[i] as number,
  }));
  const single: Axis = { positions: 1, size: 1, window: 1, stride: 1, padding: 0, dilation: 1 };
  const [vertical, horizontal] = [single, ...spatial].slice(-2) as [Axis, Axis];
  const planes = [input, output, indices].map(
    ({ layout }) => new Layout(layout.shape.slice(0, 2), layout.strides.slice(0, 2), layout.offset),
  );
  forEachPosition(output.layout.shape.slice(0, 2), planes, (positions) => {
    poolPlane(input, output, indices, positions as readonly [number, number, number], vertical, horizontal);
  });
}

function poolPlane(
  input: HostView,
  output: HostView,
  indices: HostView,
  [inputStart, outputStart, indicesStart]: readonly [number, number, number],
  vertical: Axis,
  horizontal: Axis,
): void {
  const decode = decoderOf(input.dtype);
  const [source, target, places] = [input.data, output.data, indices.data];
  const [[rowStride, stride], [toRow, to], [atRow, at]] = [input, output, indices].map(planeStrides) as [
    [number, number],
    [number, number],
    [number, number],
  ];
  for (let y = 0; y < vertical.positions; y++) {
    for (let x = 0; x < horizontal.positions; x++) {
      const [top, left] = [y * vertical.stride - vertical.padding, x * horizontal.stride - horizontal.padding];
      let best = Number.NaN;
      let bestAt = -1;
      for (let i = 0; i < vertical.window; i++) {
        const row = top + i * vertical.dilation;
        if (row < 0 || row >= vertical.size) continue;
        for (let j = 0; j < horizontal.window; j++) {
          const column = left + j * horizontal.dilation;
          if (column < 0 || column >= horizontal.size) continue;
          const value = decode(source[inputStart + row * rowStride + column * stride] as number);
          if (bestAt < 0 || value > best || (value !== value && best === best)) {
            best = value;
            bestAt = row * horizontal.size + column;
          }
        }
      }
      const bestRow = Math.floor(bestAt / horizontal.size);
      const from = inputStart + bestRow * rowStride + (bestAt - bestRow * horizontal.size) * stride;
      target[outputStart + y * toRow + x * to] = source[from] as number;
      places[indicesStart + y * atRow + x * at] = bestAt;
    }
  }
}

/** Strides of the last two axes, 0 for the one that a line of positions lacks. */
function planeStrides({ layout }: HostView): readonly [number, number] {
  const [rowStride, stride] = [0, ...layout.strides.slice(2)].slice(-2);
  return [rowStride as number, stride as number];
}
