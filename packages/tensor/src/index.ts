import './install-methods.ts';

export * from './creation.ts';
export { GradientState } from './gradient-state.ts';
export * from './memory.ts';
export type * from './operation.ts';
export { operationName } from './operation.ts';
export * from './ops/functions.ts';
export * from './ops/index.ts';
export * from './random/index.ts';
export { type BackwardOptions, type GradientHook, installRecorder, type Recorder, unrecorded } from './recorder.ts';
export * from './tensor.ts';
export * from './triangle-indices.ts';
