import {
  celu,
  elu,
  gelu,
  glu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  logsigmoid,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softshrink,
  softsign,
  type Tensor,
  tanh,
  tanhshrink,
  threshold,
} from '@gradus/tensor';
import { Module } from '../module.ts';

/** Activation functions as layers. @see https://pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity */

export class ReLU extends Module {
  override forward(x: Tensor): Tensor {
    return relu(x);
  }
}

export class ReLU6 extends Module {
  override forward(x: Tensor): Tensor {
    return relu6(x);
  }
}

export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

export class SiLU extends Module {
  override forward(x: Tensor): Tensor {
    return silu(x);
  }
}

export class Mish extends Module {
  override forward(x: Tensor): Tensor {
    return mish(x);
  }
}

export class SELU extends Module {
  override forward(x: Tensor): Tensor {
    return selu(x);
  }
}

export class Softsign extends Module {
  override forward(x: Tensor): Tensor {
    return softsign(x);
  }
}

export class Tanhshrink extends Module {
  override forward(x: Tensor): Tensor {
    return tanhshrink(x);
  }
}

export class LogSigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return logsigmoid(x);
  }
}

export class Hardsigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return hardsigmoid(x);
  }
}

export class Hardswish extends Module {
  override forward(x: Tensor): Tensor {
    return hardswish(x);
  }
}

/** `approximate: 'tanh'` takes the cheaper form. */
export class GELU extends Module {
  readonly options: NonNullable<Parameters<typeof gelu>[1]>;

  constructor(options: NonNullable<Parameters<typeof gelu>[1]> = {}) {
    super();
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return gelu(x, this.options);
  }
}

/** A layer around an activation with one parameter. */
abstract class WithParameter extends Module {
  readonly parameter: number | undefined;

  constructor(parameter?: number) {
    super();
    this.parameter = parameter;
  }

  protected abstract readonly activation: (x: Tensor, parameter?: number) => Tensor;

  override forward(x: Tensor): Tensor {
    return this.activation(x, this.parameter);
  }

  protected override describe(): string {
    return this.parameter === undefined ? '' : String(this.parameter);
  }
}

type Activation = (x: Tensor, parameter?: number) => Tensor;

/** Negative slope; 0.01 if left out. */
export class LeakyReLU extends WithParameter {
  protected override readonly activation: Activation = leakyRelu;
}

/** alpha; 1 if left out. */
export class ELU extends WithParameter {
  protected override readonly activation: Activation = elu;
}

/** alpha; 1 if left out. */
export class CELU extends WithParameter {
  protected override readonly activation: Activation = celu;
}

/** lambda; 0.5 if left out. */
export class Hardshrink extends WithParameter {
  protected override readonly activation: Activation = hardshrink;
}

/** lambda; 0.5 if left out. */
export class Softshrink extends WithParameter {
  protected override readonly activation: Activation = softshrink;
}

/** Limits to [minVal, maxVal], -1 and 1 if left out. */
export class Hardtanh extends Module {
  readonly minVal: number;
  readonly maxVal: number;

  constructor(minVal = -1, maxVal = 1) {
    super();
    this.minVal = minVal;
    this.maxVal = maxVal;
  }

  override forward(x: Tensor): Tensor {
    return hardtanh(x, this.minVal, this.maxVal);
  }
}

/** log(1 + exp(beta x)) / beta. */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;

  constructor(beta = 1, threshold = 20) {
    super();
    this.beta = beta;
    this.threshold = threshold;
  }

  override forward(x: Tensor): Tensor {
    return softplus(x, this.beta, this.threshold);
  }
}

/** x above `threshold`, `value` elsewhere. */
export class Threshold extends Module {
  readonly threshold: number;
  readonly value: number;

  constructor(threshold: number, value: number) {
    super();
    this.threshold = threshold;
    this.value = value;
  }

  override forward(x: Tensor): Tensor {
    return threshold(x, this.threshold, this.value);
  }
}

/** The first half along `dim` (the last axis if left out) times the sigmoid of the second. */
export class GLU extends Module {
  readonly dim: number;

  constructor(dim = -1) {
    super();
    this.dim = dim;
  }

  override forward(x: Tensor): Tensor {
    return glu(x, { dim: this.dim });
  }
}
