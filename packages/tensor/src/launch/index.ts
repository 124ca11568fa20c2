export * from './allocate.ts';
export { cat } from './cat.ts';
export { assertFits } from './in-place.ts';
export * from './kernels.ts';
export * from './map.ts';
export { place } from './place.ts';
export * from './reduce.ts';
export { rangeOf, transferred } from './transfer.ts';
export { view } from './view.ts';
