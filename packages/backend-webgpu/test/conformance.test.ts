import { testBackend } from '@gradus/backend-conformance';
import { webgpu } from '../src/index.ts';

testBackend('webgpu', () => webgpu());
