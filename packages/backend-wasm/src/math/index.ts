export { erf32, erf64, erfc64 } from './error-function.ts';
export { exp32, exp64, exp264, expm164 } from './exponential.ts';
export {
  acosh64,
  asinh64,
  atanh64,
  cosh64,
  sigmoid32,
  sigmoid64,
  sinh64,
  tanh32,
  tanh64,
} from './hyperbolic.ts';
export { acos64, asin64, atan64, atan264 } from './inverse-trigonometric.ts';
export { log1p64, log32, log64, log264, log1064 } from './logarithm.ts';
export { pow32, pow64 } from './power.ts';
export { fmod64, isHardRemainder, mod64 } from './remainder.ts';
export { MAX_ARGUMENT, sine64, tan64 } from './trigonometric.ts';
