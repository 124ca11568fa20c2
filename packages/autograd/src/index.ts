import { installRecorder } from '@gradus/tensor';
import { tape } from './tape.ts';

installRecorder(tape);

export { backward, type GradOptions, grad } from './backward.ts';
export { derive } from './derive.ts';
export { Function, FunctionContext } from './function.ts';
export { type GradcheckOptions, gradcheck, gradgradcheck } from './gradcheck.ts';
export { enableGrad, isGradEnabled, noGrad } from './mode.ts';
