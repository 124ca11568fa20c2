import { testBackendInWorker } from '@gradus/backend-conformance';

testBackendInWorker(
  'wasm in a worker',
  () => new Worker(new URL('./conformance.worker.ts', import.meta.url), { type: 'module' }),
);
