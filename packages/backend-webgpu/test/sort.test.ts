import { use } from '@gradus/backend';
import { tensor } from '@gradus/tensor';
import { describe, expect, test, vi } from 'vitest';
import { webgpu } from '../src/index.ts';
import { describeOnGPU } from './gpu.ts';

/** What the backend is told of the GPU: where a processor plays it, long lines are sorted digit by digit earlier. */
let plays = false;

vi.mock(import('../src/device/software.ts'), () => ({ isSoftware: () => plays }));

await describeOnGPU(() => {
  describe.each([
    ['by bitonic steps', false],
    ['digit by digit', true],
  ])('long lines, %s', (_, software) => {
    test.each([false, true])('are sorted stably; descending: %s', async (descending) => {
      plays = software;
      const backend = webgpu();
      await use(backend);
      const [lines, length] = [3, 2500];
      const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0];
      const values = Array.from({ length: lines }, (_line, line) =>
        Array.from(
          { length },
          (_element, i) => special[(i * 7 + line) % 97] ?? Math.round(Math.sin(i * (line + 1)) * 300),
        ),
      );
      const sorted = tensor(values).sort({ dim: 1, descending, stable: true });
      expect(await sorted.indices.toArray()).toEqual(values.map((line) => orderOf(line, descending)));
      await backend.dispose();
    });
  });
});

/** Places in the order of their values, NaN largest; equal ones as they stood. */
function orderOf(line: readonly number[], descending: boolean): number[] {
  const rank = (x: number): number => (Number.isNaN(x) ? Number.MAX_VALUE : Math.max(-1e300, Math.min(1e300, x)));
  const sign = descending ? -1 : 1;
  return line.map((_, i) => i).sort((a, b) => sign * (rank(line[a] as number) - rank(line[b] as number)) || a - b);
}
