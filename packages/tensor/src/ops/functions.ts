// Ops that are functions only: those that don't start with one tensor (cat, einsum ...), and those that PyTorch has no method for.
export { type Index, range, type Slice } from './index-list.ts';
export * from './joining.ts';
