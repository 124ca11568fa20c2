import { ArgumentError } from '@gradus/storage';
import { gelu, relu, type Tensor } from '@gradus/tensor';
import { Dropout, LayerNorm, Linear } from '../layers/index.ts';
import { Module } from '../module.ts';
import type { ParameterOptions } from '../parameter.ts';

/** An activation by name, as a function or as a layer. */
export type Activation = 'relu' | 'gelu' | ((x: Tensor) => Tensor) | Module;

/** Options that encoder, decoder and their layers have in common. */
export interface TransformerLayerOptions extends ParameterOptions {
  /** Width of the hidden layer of the feed-forward net. Default 2048. */
  readonly dimFeedforward?: number;
  /** Default 0.1. */
  readonly dropout?: number;
  /** Default 'relu'. */
  readonly activation?: Activation;
  /** Default 1e-5. */
  readonly layerNormEps?: number;
  /** Axes are [batch, time, width] instead of [time, batch, width]. Default false. */
  readonly batchFirst?: boolean;
  /** Normalise before attention and feed-forward net, not after. (Xiong et al. 2020.) Default false. */
  readonly normFirst?: boolean;
  /** Whether linear layers and norms have a bias. Default true. */
  readonly bias?: boolean;
}

/** Runs an activation, whatever it is given as. */
export function activate(activation: Activation, x: Tensor): Tensor {
  if (activation instanceof Module) return activation.forward(x);
  if (typeof activation === 'function') return activation(x);
  if (activation === 'relu') return relu(x);
  if (activation === 'gelu') return gelu(x);
  throw new ArgumentError(`Transformer: activation must be 'relu', 'gelu', a function or a layer, got '${activation}'`);
}

/** The feed-forward net's layers, made in PyTorch's order. */
export function feedForward(dModel: number, options: TransformerLayerOptions): [Linear, Dropout, Linear] {
  const { dimFeedforward = 2048, dropout = 0.1 } = options;
  return [
    new Linear(dModel, dimFeedforward, options),
    new Dropout(dropout),
    new Linear(dimFeedforward, dModel, options),
  ];
}

export function layerNormOf(dModel: number, { layerNormEps = 1e-5, ...options }: TransformerLayerOptions): LayerNorm {
  return new LayerNorm(dModel, { ...options, eps: layerNormEps });
}
