import type { WindowGeometry } from '@gradus/backend';
import { maxPool as maxPoolKernel } from '@gradus/backend/nn';
import { type Shape, sizeOf } from '@gradus/storage';
import type { GradientRule } from '../operation.ts';
import type { Tensor } from '../tensor.ts';
import { launchFused } from './fused.ts';
import { scatterInPlace } from './kernels.ts';
import { filled } from './map.ts';
import { transform } from './transform.ts';
import { view } from './view.ts';

/** Maxima [N, C, ...] over windows, and their flat int32 indices in the input's plane. */
export function maxPool(
  x: Tensor,
  window: readonly number[],
  geometry: WindowGeometry,
  shape: Shape,
): { values: Tensor; indices: Tensor } {
  if (transform?.takes([x])) return transform.maxPool(x, window, geometry, shape);
  const results = [[shape, x.dtype] as const, [shape, 'int32'] as const];
  const [values, indices] = launchFused('maxPool', [x], results, rule, (outputs) => {
    const [output, indices] = outputs as [Tensor, Tensor];
    return maxPoolKernel({ input: x, output, indices, window, geometry });
  });
  return { values, indices } as { values: Tensor; indices: Tensor };
}

/** The gradient of each maximum goes to the element that it came from. */
const rule: GradientRule = {
  saves: { outputs: [1] },
  backward({ output, inputShapes }, [g]) {
    if (!g) return [];
    const shape = inputShapes[0] as Shape;
    const lined = ([batch, channels, ...plane]: Shape): Shape => [batch as number, channels as number, sizeOf(plane)];
    const lines = (x: Tensor): Tensor => view(x, { type: 'reshape', shape: lined(x.shape) });
    return [
      () => {
        const planes = filled(g.backend, lined(shape), g.dtype, 0);
        const sums = scatterInPlace(planes, lines(output(1)), lines(g), 2, 'sum');
        return view(sums, { type: 'reshape', shape });
      },
    ];
  },
};
