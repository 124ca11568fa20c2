export type { ConformanceCase } from './case.ts';
export { conformanceCases, missingDTypes, runCase } from './cases.ts';
export { type FuzzOptions, fuzzExpressions } from './fuzz/fuzz-expressions.ts';
export { fuzzBackend } from './fuzz-backend.ts';
export { type TestBackendOptions, testBackend, testBackendInWorker } from './test-backend.ts';
