export { combine, type FoldState, foldInitial, foldStep, initialValue, scanStep } from './fold.ts';
export { forEachBlock, type Grid, gridOf, stridedGrid } from './grid.ts';
export { HostBackend } from './host-backend.ts';
export type { HostBuffer } from './host-buffer.ts';
export { HostMemoryBackend } from './host-memory-backend.ts';
export { forEachPosition, type HostView, hostView, reader, writer } from './host-view.ts';
export * from './interpreter.ts';
export * as hostKernels from './kernels/index.ts';
export { keptGrid, prefersOuter, reducedRuns } from './reduction.ts';
