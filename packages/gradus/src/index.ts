import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';

// New tensors go to the cpu backend until the program chooses another: `await use(...)`. It is ready at once.
void use(cpu());

export * from '@gradus/autograd';
export * from '@gradus/autograd/functional';
export { type Backend, defaultBackend, registry, use } from '@gradus/backend';
export { cpu } from '@gradus/backend-cpu';
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
export * as special from '@gradus/tensor/special';
export * as statistics from '@gradus/tensor/statistics';
export * from '@gradus/train';
