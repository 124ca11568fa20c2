import { installRecorder } from '@gradus/tensor';
import { tape } from './tape.ts';

installRecorder(tape);

export type { PostAccumulateHook } from './accumulate-node.ts';
export { detectAnomaly, isAnomalyEnabled, setDetectAnomaly } from './anomaly.ts';
export { backward, type GradOptions, grad } from './backward.ts';
export { type CheckpointOptions, checkpoint, checkpointSequential, checkpointWith } from './checkpoint.ts';
export { derive } from './derive.ts';
export { Function, FunctionContext } from './function.ts';
export { type GradcheckOptions, gradcheck, gradgradcheck } from './gradcheck.ts';
export { type GradFn, gradFn, type NodeHook, type NodePrehook, registerPostAccumulateGradHook } from './graph.ts';
export { type GraphOptions, graphText, toDot } from './graph-text.ts';
export { inferenceMode, isInference } from './inference.ts';
export { enableGrad, isGradEnabled, isInferenceMode, noGrad, setGradEnabled } from './mode.ts';
