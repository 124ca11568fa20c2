// A training loop that never disposes anything, and what memory it takes over its run:
//
//   node scripts/run.mjs node --conditions=@gradus/source scripts/soak.mjs [STEPS] [cpu|wasm|webgpu]
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
/** Bytes that a backend holds outside of the process, on a GPU: for tensors and for the next ones. */
function bytesOnGPU(backend) {
  const { liveBytes, pooledBytes } = backend.memory();
  return backend.capabilities.syncRead ? 0 : liveBytes + pooledBytes;
}

/** The largest sizes of each stretch between two reports. */
const peaks = [];
let peak = { resident: 0, onGPU: 0 };
console.log('   step      heap    buffers  not returned    resident');
for (let step = 1; step <= steps; step++) {
  const loss = crossEntropy(model.forward(randn([64, 64])), randint(10, [64]));
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  if (step % 100 === 0) {
    // A program that waits for nothing never gives the collector's callbacks a turn, and queues launches without end on a GPU.
    await new Promise(setImmediate);
    await defaultBackend().synchronize();
    peak = {
      resident: Math.max(peak.resident, process.memoryUsage().rss),
      onGPU: Math.max(peak.onGPU, bytesOnGPU(defaultBackend())),
    };
  }
  if (step % (steps / reports) === 0) {
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    const { liveBytes } = defaultBackend().memory();
    console.log(
      `${String(step).padStart(7)}${megabytes(heapUsed)}${megabytes(arrayBuffers)}      ${megabytes(liveBytes)}  ${megabytes(rss)}`,
    );
    peaks.push(peak);
    peak = { resident: 0, onGPU: 0 };
  }
}
const half = peaks.length / 2;
for (const [name, key] of [
  ['resident size', 'resident'],
  ['size on the GPU', 'onGPU'],
]) {
  if (peaks[0][key] === 0) continue;
  const [early, late] = [peaks.slice(0, half), peaks.slice(half)].map((part) => Math.max(...part.map((p) => p[key])));
  console.log(`largest ${name}: ${megabytes(early)} in the first half, ${megabytes(late)} in the second`);
  if (late > early * 1.2) {
    console.error('Memory grows with the steps.');
    process.exitCode = 1;
  }
}
