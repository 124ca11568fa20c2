import type { Tensor } from '@gradus/tensor';
import { AccumulateNode } from './accumulate-node.ts';
import { type Edge, infoOf, type Node } from './node.ts';
import { OperationNode } from './operation-node.ts';

/** Where a tensor's gradient goes: to the node that made it, or, for a leaf, into its `grad`; null where none is wanted. */
export function edgeOf(x: Tensor): Edge | null {
  if (x.source !== null) renewView(x);
  const state = x.gradient;
  if (state === null) return null;
  if (state.node !== null) return { node: state.node as Node, index: state.outputIndex };
  if (!state.requiresGrad) return null;
  state.accumulator ??= new AccumulateNode(x);
  return { node: state.accumulator as Node, index: 0 };
}

/** Makes a tensor the output of a node. */
export function setHistory(x: Tensor, node: Node, index = 0): void {
  const state = x.gradientState();
  state.node = node;
  state.outputIndex = index;
}

/** The tensor that a view is a view of in the end. */
export function rootOf(x: Tensor): Tensor {
  let root = x;
  while (root.source !== null) root = root.source.parent;
  return root;
}

/** A view that is older than the last recorded write to its memory gets a new node: a view of the written tensor. */
export function renewView(x: Tensor): void {
  const { source } = x;
  const writes = rootOf(x).gradient?.writes ?? 0;
  if (source === null || (x.gradient?.writes ?? 0) === writes) return;
  const { parent, movement } = source;
  x.gradientState().writes = writes;
  const edge = edgeOf(parent);
  if (edge === null) return;
  const operation = { kind: 'view', movement, from: parent.layout } as const;
  setHistory(x, new OperationNode(operation, [parent], [edge], [infoOf(x)]));
}
