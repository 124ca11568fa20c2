import { testBackend } from '@gradus/backend-conformance';
import { vi } from 'vitest';
import { webgpu } from '../src/index.ts';
import { describeOnGPU } from './gpu.ts';

// The kernels and sizes that graphics cards get, and tuning, wherever it runs: a processor that plays one gets others.
vi.mock(import('../src/device/software.ts'), () => ({ isSoftware: () => false }));

await describeOnGPU(() => testBackend('webgpu as on a graphics card', () => webgpu(), { timeout: 300_000 }));
