import { webgpu } from '@gradus/backend-webgpu';
import { randn, use } from '@gradus/gradus';
import { measuredPeak } from './gpu-peak.ts';

const SIZES = [1024, 2048, 4096, 8192];

/** About how long one timing takes, in seconds. */
const SECONDS = 0.5;

const TIMINGS = 5;

/** Products of square float32 matrices on the GPU, beside the rate at which it multiplies and adds what it has in registers. */
export async function gpuTable(): Promise<string> {
  const backend = webgpu({ powerPreference: 'high-performance' });
  await use(backend);
  const { adapterInfo } = backend.device;
  const peak = await measuredPeak(backend.device);
  const rows: string[] = [];
  for (const size of SIZES) {
    const [a, b] = [randn([size, size]), randn([size, size])];
    const run = async (count: number): Promise<number> => {
      const start = performance.now();
      for (let i = 0; i < count; i++) a.matmul(b).dispose();
      await backend.synchronize();
      return (performance.now() - start) / 1000 / count;
    };
    await run(1);
    const count = Math.max(1, Math.round(SECONDS / (await run(3))));
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < TIMINGS; i++) best = Math.min(best, await run(count));
    const rate = (2 * size ** 3) / best;
    rows.push(
      `| ${size} | ${(1000 * best).toFixed(3)} | ${(rate / 1e12).toFixed(2)} | ${((100 * rate) / peak).toFixed(0)} % |`,
    );
    a.dispose();
    b.dispose();
  }
  await backend.dispose();
  return [
    `### gpu: ${adapterInfo.vendor} ${adapterInfo.architecture} ${adapterInfo.description}, ${(peak / 1e12).toFixed(2)} TFLOP/s at most`,
    '',
    '| size | best, ms | TFLOP/s | of the peak |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
