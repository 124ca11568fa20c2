import { testBackend } from '@gradus/backend-conformance';
import { webgpu } from '../src/index.ts';
import { describeOnGPU } from './gpu.ts';

await describeOnGPU(() => testBackend('webgpu', () => webgpu()));
