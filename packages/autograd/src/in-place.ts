import { AutogradError, formatShape, type Movement } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { edgeOf, rootOf, setHistory } from './edges.ts';
import { infoOf, type Node } from './node.ts';
import { ViewWriteNode } from './view-write-node.ts';

/** Refuses recorded writes to leaves that require grad, and to views that can't take them. */
export function assertWritable(op: string, target: Tensor): void {
  const root = rootOf(target);
  const refuse = (what: string, mend: string): never => {
    throw new AutogradError(`${op}_: ${what}, ${formatShape(target.shape)}, can't be written in place; ${mend}`);
  };
  if (root.isLeaf && root.gradient?.requiresGrad) {
    const what = root === target ? 'a leaf that requires grad' : 'a view of a leaf that requires grad';
    refuse(what, 'wrap the write in noGrad(() => ...), or write to x.detach()');
  }
  if (root !== target && !root.isLeaf && target.isLeaf) {
    refuse(
      'a view that was made without recording',
      'make the view and write to it both with recording or both without',
    );
  }
  for (let { source } = target; source !== null; source = source.parent.source) {
    const { oneOf } = source;
    if (oneOf !== undefined) refuse(`one of several views that ${oneOf} gave`, 'use the op that is not in place');
  }
}

/** Puts an output of `node` as the last write to the target; where that is a view, the tensor below learns of it too. */
export function writeHistory(target: Tensor, node: Node, index = 0): void {
  const root = rootOf(target);
  const retained = moveRetained(root);
  if (root === target) {
    setHistory(target, node, index);
  } else {
    const movements: Movement[] = [];
    for (let x = target; x.source !== null; x = x.source.parent) movements.unshift(x.source.movement);
    setHistory(root, new ViewWriteNode(edgeOf(root), { node, index }, movements, infoOf(root)));
  }
  root.gradientState().writes++;
  if (retained) edgeOf(root)?.node.hooked().retain(root.gradientState().outputIndex, root);
}

/** `retainGrad` goes with the tensor to its new value; hooks stay with the old one. */
function moveRetained({ gradient }: Tensor): boolean {
  const node = gradient?.node as Node | null | undefined;
  return node?.hooks?.stopRetaining(gradient?.outputIndex ?? 0) ?? false;
}
