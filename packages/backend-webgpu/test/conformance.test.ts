import { fuzzBackend, testBackend } from '@gradus/backend-conformance';
import { webgpu } from '../src/index.ts';
import { describeOnGPU } from './gpu.ts';

// A GPU in software takes a second or more to compile a large kernel.
await describeOnGPU(() => {
  testBackend('webgpu', () => webgpu(), { timeout: 300_000 });
  fuzzBackend('webgpu', () => webgpu(), { flushesSubnormals: true, seed: 7 });
});
