import { ArgumentError } from '@gradus/storage';
import { empty } from '@gradus/tensor';
import type { PerAxis } from '@gradus/tensor/functional';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions } from '../parameter.ts';
import { resetWeightAndBias } from './reset.ts';

interface WeightedOptions extends ParameterOptions {
  readonly bias?: boolean;
  readonly groups?: number;
}

/** The parameters of both kinds of convolution, checked and drawn. */
export abstract class Weighted<Args extends readonly unknown[]> extends Module<Args> {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly groups: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(inChannels: number, outChannels: number, kernelSize: readonly number[], options: WeightedOptions) {
    super();
    const { bias = true, groups = 1 } = options;
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ArgumentError(
        `${this.constructor.name}: groups ${groups} must divide inChannels ${inChannels} and outChannels ${outChannels}`,
      );
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernelSize;
    this.groups = groups;
    this.weight = new Parameter(empty(this.weightShape(inChannels), options));
    this.bias = bias ? new Parameter(empty([outChannels], options)) : null;
    this.resetParameters();
  }

  /** The shape of the weight for so many input channels. */
  abstract weightShape(inChannels: number): readonly number[];

  /** Draws new parameters, as PyTorch's default does. */
  resetParameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }

  protected override describe(): string {
    return `${this.inChannels}, ${this.outChannels}, kernelSize=(${this.kernelSize.join(', ')})`;
  }
}

/** A number per spatial axis. */
export function perAxis(value: PerAxis, axes: number): readonly number[] {
  if (typeof value !== 'number' && value.length !== 1) return value;
  return new Array<number>(axes).fill(typeof value === 'number' ? value : (value[0] as number));
}
