import { AutogradError, formatShape, isFloat } from '@gradus/storage';
import { type BackwardOptions, type GradientHook, operationName, type Recorder, type Tensor } from '@gradus/tensor';
import { copy } from '@gradus/tensor/launch';
import { backward } from './backward.ts';
import { edgeOf, renewView, rootOf, setHistory } from './edges.ts';
import { assertWritable, writeHistory } from './in-place.ts';
import { isGradEnabled, isInferenceMode, noGrad } from './mode.ts';
import { infoOf } from './node.ts';
import { OperationNode } from './operation-node.ts';
import { isUnversioned, type Saved } from './saved-tensor.ts';
import { save } from './saving.ts';

/** The recorder of define-by-run differentiation: every op on tensors that need gradients becomes a node. */
export const tape: Recorder = {
  wants(inputs) {
    if (!isGradEnabled()) return false;
    for (let i = 0; i < inputs.length; i++) if (tape.requiresGrad(inputs[i] as Tensor)) return true;
    return false;
  },

  record(operation, inputs, outputs) {
    if (!outputs.some((output) => isFloat(output.dtype))) return;
    const node = new OperationNode(operation, inputs, inputs.map(edgeOf), outputs.map(infoOf));
    outputs.forEach((output, index) => {
      if (!isFloat(output.dtype)) return;
      setHistory(output, node, index);
      // A new view is up to date with its memory.
      if (output.source !== null) output.gradientState().writes = rootOf(output).gradient?.writes ?? 0;
    });
    node.saveOutputs(outputs);
  },

  recordInPlace(operation, inputs, target) {
    assertInferring(target, () => `${operationName(operation)}_`, 'be written in place');
    if (!isGradEnabled() || !isFloat(target.dtype)) return;
    if (!tape.wants(inputs) && !tape.requiresGrad(target) && !tape.requiresGrad(rootOf(target))) return;
    assertWritable(operationName(operation), target);
    // The write is coming: what backward needs of the target's old value is copied now.
    const saveOld = (x: Tensor, name: string): Saved => {
      if (x.storage !== target.storage) return save(x, name);
      const old = noGrad(() => copy('clone', x));
      const saved = save(old, name);
      old.dispose();
      return saved;
    };
    const node = new OperationNode(operation, inputs, inputs.map(edgeOf), [infoOf(target)], saveOld);
    node.saveOutputs([target]);
    writeHistory(target, node);
  },

  requiresGrad(x) {
    if (x.source !== null) renewView(x);
    const state = x.gradient;
    return state !== null && (state.node !== null || state.requiresGrad);
  },

  assertRecordable(x: Tensor) {
    assertInferring(x, () => 'requiresGrad', 'require grad');
  },

  backward(root: Tensor, options: BackwardOptions) {
    backward(root, options);
  },

  registerHook(x: Tensor, hook: GradientHook) {
    const edge = edgeOf(x);
    if (edge === null) throw new AutogradError('registerHook: this tensor does not require grad');
    return edge.node.hooked().addTensorHook(edge.index, hook);
  },

  retainGrad(x: Tensor) {
    const edge = edgeOf(x);
    if (edge === null) throw new AutogradError('retainGrad: this tensor does not require grad');
    if (!x.isLeaf) edge.node.hooked().retain(edge.index, x);
  },
};

/** Throws for what was made in an `inferenceMode`, outside of one. */
function assertInferring({ storage, shape }: Tensor, op: () => string, action: string): void {
  if (!isUnversioned(storage) || isInferenceMode()) return;
  throw new AutogradError(
    `${op()}: an inference tensor, ${formatShape(shape)}, can't ${action} outside of inferenceMode; clone it first`,
  );
}
