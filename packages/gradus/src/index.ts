import './initial-backend.ts';

export * from '@gradus/autograd';
export * from '@gradus/autograd/functional';
export { type Backend, defaultBackend, registry, use } from '@gradus/backend';
export { cpu } from '@gradus/backend-cpu';
export { wasm } from '@gradus/backend-wasm';
export * from '@gradus/data';
export * from '@gradus/losses';
export * from '@gradus/nn';
export * as nn from '@gradus/nn';
export * from '@gradus/optim';
export * from '@gradus/serialize';
export {
  ArgumentError,
  AutogradError,
  BackendError,
  DisposedError,
  type DType,
  DTypeError,
  GradusError,
  type HostData,
  IndexError,
  type Shape,
  ShapeError,
  type TypedArray,
} from '@gradus/storage';
export * from '@gradus/tensor';
export * from '@gradus/tensor/autocast';
export * as fft from '@gradus/tensor/fft';
export * as functional from '@gradus/tensor/functional';
export * as linalg from '@gradus/tensor/linalg';
export * from '@gradus/tensor/philox';
export * as special from '@gradus/tensor/special';
export * as statistics from '@gradus/tensor/statistics';
export * from '@gradus/train';
