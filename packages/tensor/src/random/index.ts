export { normals, permutation } from './distributions.ts';
export * from './draw.ts';
export { defaultGenerator, Generator, manualSeed } from './generator.ts';
export type { GeneratorOptions } from './options.ts';
