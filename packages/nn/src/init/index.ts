export * from './constant.ts';
export * from './distribution.ts';
export { calculateGain, type Nonlinearity } from './gain.ts';
export { orthogonal_ } from './orthogonal.ts';
export * from './trunc-normal.ts';
export * from './variance.ts';
