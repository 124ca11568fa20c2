import { Tensor, type TensorOptions } from '@gradus/tensor';

/** Where, and in what dtype, a layer's parameters are made. */
export type ParameterOptions = Pick<TensorOptions, 'dtype' | 'backend'>;

/**
 * A tensor that a module trains: a field that holds one is found by `parameters()` and `stateDict()`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
 */
export class Parameter extends Tensor {
  /** Takes over the memory of `data`. */
  constructor(data: Tensor, requiresGrad = true) {
    data.storage.retain();
    super(data.storage, data.layout, data.dtype);
    data.dispose();
    this.setRequiresGrad(requiresGrad);
  }
}

/**
 * A tensor that belongs to a module's state but isn't trained, such as running statistics. (PyTorch's `nn.Buffer`; the
 * name leaves Node's Buffer alone.)
 */
export class StateBuffer extends Tensor {
  /** Whether `stateDict()` contains it. */
  readonly persistent: boolean;

  /** Takes over the memory of `data`. */
  constructor(data: Tensor, persistent = true) {
    data.storage.retain();
    super(data.storage, data.layout, data.dtype);
    data.dispose();
    this.persistent = persistent;
  }
}
