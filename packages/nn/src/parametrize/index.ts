export {
  isParametrized,
  type Parametrization,
  registerParametrization,
  removeParametrizations,
} from './parametrize.ts';
export { type SpectralNormOptions, spectralNorm } from './spectral-norm.ts';
export { removeWeightNorm, weightNorm } from './weight-norm.ts';
