export type * from './backend.ts';
export { decompose } from './decompositions/index.ts';
export { dispatch } from './dispatch.ts';
export * from './expression/index.ts';
export type * from './fused.ts';
export * from './host/index.ts';
export type * from './kernel.ts';
export * from './registry.ts';
export { allocateView, copyView, withLayout, withScratch } from './scratch.ts';
