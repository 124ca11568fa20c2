export * as init from './init/index.ts';
export * from './layers/index.ts';
export { type AnyModule, Module } from './module.ts';
export { Parameter, type ParameterOptions, StateBuffer } from './parameter.ts';
export type { LoadReport, StateDict } from './state-dict.ts';
