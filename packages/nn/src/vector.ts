import { ArgumentError, formatShape } from '@gradus/storage';
import { cat, scope, type Tensor, unrecorded } from '@gradus/tensor';

/**
 * Parameters as one vector, in their order; gradients pass through it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parameters_to_vector.html
 */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  return scope(() => cat(Array.from(parameters, (parameter) => parameter.reshape([-1]))));
}

/**
 * Copies a vector's stretches into parameters, in their order.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.vector_to_parameters.html
 */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void {
  const targets = [...parameters];
  const size = targets.reduce((sum, target) => sum + target.size, 0);
  if (vector.ndim !== 1 || vector.size !== size) {
    throw new ArgumentError(`vectorToParameters: needs a vector of ${size} numbers, got ${formatShape(vector.shape)}`);
  }
  unrecorded(() =>
    scope(() => {
      let start = 0;
      for (const target of targets) {
        target.copy_(vector.narrow(0, start, target.size).reshape(target.shape));
        start += target.size;
      }
    }),
  );
}
