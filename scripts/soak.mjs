// A training loop that never disposes anything, and what memory it takes over its run:
//
//   node scripts/run.mjs node --conditions=@gradus/source scripts/soak.mjs [STEPS] [cpu|wasm]
//
// It fails where the second half of the run takes more memory than the first: what is unreachable must come back by itself.
import {
  Adam,
  crossEntropy,
  defaultBackend,
  Linear,
  manualSeed,
  ReLU,
  randint,
  randn,
  Sequential,
  use,
} from '../packages/gradus/src/index.ts';

const steps = Number(process.argv[2] ?? 20_000);
const reports = 10;
await use(process.argv[3] ?? 'cpu');

manualSeed(0);
const model = new Sequential(new Linear(64, 128), new ReLU(), new Linear(128, 10));
const optimizer = new Adam(model.parameters());

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1).padStart(7)} MB`;
const peaks = [];
let peak = 0;
console.log('   step      heap    buffers  not returned    resident');
for (let step = 1; step <= steps; step++) {
  const loss = crossEntropy(model.forward(randn([64, 64])), randint(10, [64]));
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  if (step % 100 === 0) {
    // A program that waits for nothing never gives the collector's callbacks a turn.
    await new Promise(setImmediate);
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  if (step % (steps / reports) === 0) {
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    const { liveBytes } = defaultBackend().memory();
    console.log(
      `${String(step).padStart(7)}${megabytes(heapUsed)}${megabytes(arrayBuffers)}      ${megabytes(liveBytes)}  ${megabytes(rss)}`,
    );
    peaks.push(peak);
    peak = 0;
  }
}
const half = peaks.length / 2;
const [early, late] = [Math.max(...peaks.slice(0, half)), Math.max(...peaks.slice(half))];
console.log(`largest resident size: ${megabytes(early)} in the first half, ${megabytes(late)} in the second`);
if (late > early * 1.2) {
  console.error('Memory grows with the steps.');
  process.exitCode = 1;
}
