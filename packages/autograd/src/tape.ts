import { AutogradError, formatShape, isFloat, type Movement } from '@gradus/storage';
import {
  type BackwardOptions,
  type GradientHook,
  keep,
  type Operation,
  operationName,
  type Recorder,
  type Tensor,
} from '@gradus/tensor';
import { copy } from '@gradus/tensor/launch';
import { backward } from './backward.ts';
import { edgeOf, renewView, rootOf, save, setHistory } from './edges.ts';
import { isGradEnabled, noGrad } from './mode.ts';
import { infoOf, type Node } from './node.ts';
import { OperationNode } from './operation-node.ts';
import type { SavedTensor } from './saved-tensor.ts';
import { ViewWriteNode } from './view-write-node.ts';

/** The recorder of define-by-run differentiation: every op on tensors that need gradients becomes a node. */
export const tape: Recorder = {
  wants(inputs) {
    if (!isGradEnabled()) return false;
    for (let i = 0; i < inputs.length; i++) if (tape.requiresGrad(inputs[i] as Tensor)) return true;
    return false;
  },

  record(operation, inputs, outputs) {
    if (!outputs.some((output) => isFloat(output.dtype))) return;
    const node = new OperationNode(operation, inputs, inputs.map(edgeOf), outputs.map(infoOf), save);
    outputs.forEach((output, index) => {
      if (!isFloat(output.dtype)) return;
      setHistory(output, node, index);
      // A new view is up to date with its memory.
      if (output.source !== null) output.gradientState().writes = rootOf(output).gradient?.writes ?? 0;
    });
    node.saveOutputs(outputs);
  },

  recordInPlace(operation, inputs, target) {
    if (!isGradEnabled() || !isFloat(target.dtype)) return;
    assertNoLeaf(operation, target);
    if (!tape.wants(inputs) && !tape.requiresGrad(target)) return;
    // The write is coming: what backward needs of the target's old value is copied now.
    const saveOld = (x: Tensor, name: string): SavedTensor => {
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

  backward(root: Tensor, options: BackwardOptions) {
    backward(root, options);
  },

  registerHook(x: Tensor, hook: GradientHook) {
    const edge = edgeOf(x);
    if (edge === null) throw new AutogradError('registerHook: this tensor does not require grad');
    return edge.node.addHook(edge.index, hook);
  },

  retainGrad(x: Tensor) {
    if (x.isLeaf) return;
    tape.registerHook(x, (grad) => {
      x.grad = keep(grad);
    });
  },
};

function assertNoLeaf(operation: Operation, target: Tensor): void {
  const root = rootOf(target);
  if (!root.isLeaf || !root.gradient?.requiresGrad) return;
  const what = root === target ? 'a leaf' : 'a view of a leaf';
  throw new AutogradError(
    `${operationName(operation)}_: ${what} that requires grad, ${formatShape(root.shape)}, can't be written in place; ` +
      'wrap the write in noGrad(() => ...), or write to x.detach()',
  );
}

/** Puts `node` as the last write to the target; where that is a view, the tensor below learns of it too. */
function writeHistory(target: Tensor, node: Node): void {
  const root = rootOf(target);
  if (root === target) {
    setHistory(target, node);
  } else {
    const movements: Movement[] = [];
    for (let x = target; x.source !== null; x = x.source.parent) movements.unshift(x.source.movement);
    setHistory(root, new ViewWriteNode(edgeOf(root), { node, index: 0 }, movements, infoOf(root)));
  }
  root.gradientState().writes++;
}
