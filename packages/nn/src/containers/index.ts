export { ModuleDict, ParameterDict } from './dict.ts';
export { ModuleList, ParameterList } from './list.ts';
export { type NamedLayers, Sequential } from './sequential.ts';
