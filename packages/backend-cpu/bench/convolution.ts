// Times LeNet's layers, batch 64, against their decompositions: node --conditions=@gradus/source bench/convolution.ts
import { decompose, type FusedKernel } from '@gradus/backend';
import { convolution, convolutionInput, convolutionWeight, maxPool } from '@gradus/backend/nn';
import { backend, random, report, time } from './harness.ts';

function compare(label: string, kernel: FusedKernel): void {
  const ours = time(() => backend.launch(kernel));
  report(label, ours, ['decomposition', time(() => decompose(backend, kernel))]);
}

const square = (n: number): readonly number[] => [n, n];

function benchConvolution(channels: number, size: number, outputs: number, padding: number): void {
  const geometry = { stride: square(1), padding: square(padding), dilation: square(1), groups: 1 };
  const plane = size + 2 * padding - 4;
  const input = random([64, channels, size, size]);
  const weight = random([outputs, channels, 5, 5]);
  const output = random([64, outputs, plane, plane]);
  const label = `${channels} -> ${outputs} channels, ${size} x ${size}`;
  compare(`convolution ${label}`, convolution({ input, weight, output, geometry }));
  compare(`its input's gradient`, convolutionInput({ gradient: output, weight, output: input, geometry }));
  compare(`its weight's gradient`, convolutionWeight({ gradient: output, input, output: weight, geometry }));
}

benchConvolution(1, 28, 6, 2);
benchConvolution(6, 14, 16, 0);

const [image, pooled, indices] = [random([64, 6, 28, 28]), random([64, 6, 14, 14]), random([64, 6, 14, 14], 'int32')];
compare(
  'maxPool 2 x 2 of 64 x 6 x 28 x 28',
  maxPool({
    input: image,
    output: pooled,
    indices,
    window: square(2),
    geometry: { stride: square(2), padding: square(0), dilation: square(1) },
  }),
);

const [logits, probabilities] = [random([128, 1000]), random([128, 1000])];
compare('softmax of 128 x 1000', {
  kind: 'fused',
  name: 'softmax',
  input: logits,
  output: probabilities,
  axis: 1,
  log: false,
});
