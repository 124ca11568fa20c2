export { erf32 } from './error-function.ts';
export { exp32, exp64, expm164, sigmoid32, sigmoid64, tanh32, tanh64 } from './exponential.ts';
export { log1p64, log32, log64 } from './logarithm.ts';
export { pow64 } from './power.ts';
export { MAX_ARGUMENT, sine64 } from './trigonometric.ts';
