import { installBatching } from '../batching.ts';
import { differentiation } from '../vmap/differentiation.ts';

installBatching(differentiation);

export type { Randomness } from '../vmap/level.ts';
export { type Dims, type VmapOptions, vmap } from '../vmap/vmap.ts';
export { functionalCall, type ModuleLike } from './functional-call.ts';
export { type GradOfOptions, gradOf, valueAndGrad } from './gradients.ts';
export { hessian, type Jacobian, type JacobianOptions, jacobian } from './jacobian.ts';
export { type FunctionOf, hvp, jvp, type Like, type ProductOptions, type Tensors, vhp, vjp } from './products.ts';
