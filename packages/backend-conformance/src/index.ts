export type { ConformanceCase } from './case.ts';
export { conformanceCases, missingDTypes, runCase } from './cases.ts';
export { type TestBackendOptions, testBackend, testBackendInWorker } from './test-backend.ts';
