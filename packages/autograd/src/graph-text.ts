import { formatShape } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { AccumulateNode } from './accumulate-node.ts';
import { edgeOf } from './edges.ts';
import type { Node } from './node.ts';

export interface GraphOptions {
  /** Names of leaves, as `Object.fromEntries(model.namedParameters())`. */
  readonly params?: Readonly<Record<string, Tensor>>;
}

/**
 * The graph of gradients below a tensor in Graphviz's language: leaves are boxes with their names and shapes, ops
 * ellipses, arrows lead from inputs to outputs.
 *
 * @see https://graphviz.org/doc/info/lang.html
 */
export function toDot(root: Tensor, options: GraphOptions = {}): string {
  const { nodes, numbers } = graphBelow(root);
  const lines = nodes.flatMap((node, i) => {
    const leaf = node instanceof AccumulateNode;
    const style = leaf ? 'shape=box, style=filled, fillcolor=lightblue' : 'shape=ellipse';
    const edges = node.edges.flatMap((edge) => (edge === null ? [] : [`  n${numbers.get(edge.node)} -> n${i}`]));
    return [`  n${i} [label="${escaped(labelOf(node, options, '\\n'))}", ${style}]`, ...edges];
  });
  return ['digraph {', ...lines, '}'].join('\n');
}

/** The same graph as text: a line per node, inputs before what is made of them. */
export function graphText(root: Tensor, options: GraphOptions = {}): string {
  const { nodes, numbers } = graphBelow(root);
  const lines = nodes.map((node, i) => {
    const inputs = node.edges.map((edge) => (edge === null ? '-' : `%${numbers.get(edge.node)}`));
    const call = node instanceof AccumulateNode ? '' : `(${inputs.join(', ')})`;
    const [name, ...shapes] = labelOf(node, options, '\n').split('\n');
    return `%${i} = ${name}${call} ${shapes.join(' ')}`;
  });
  return lines.join('\n');
}

/** Nodes from the oldest to the newest, and their places. */
function graphBelow(root: Tensor): { nodes: readonly Node[]; numbers: ReadonlyMap<Node, number> } {
  const start = edgeOf(root)?.node;
  const seen = new Set<Node>(start === undefined ? [] : [start]);
  // A set is walked in the order in which it grows.
  for (const node of seen) for (const edge of node.edges) if (edge !== null) seen.add(edge.node);
  const nodes = [...seen].sort((a, b) => a.id - b.id);
  return { nodes, numbers: new Map(nodes.map((node, i) => [node, i])) };
}

function labelOf(node: Node, { params = {} }: GraphOptions, newLine: string): string {
  const shapes = node.outputs.map(({ shape }) => formatShape(shape)).join(' ');
  if (!(node instanceof AccumulateNode)) return `${node.name}${newLine}${shapes}`;
  const name = Object.keys(params).find((key) => params[key]?.gradient === node.leaf.gradient);
  return `${name ?? 'leaf'}${newLine}${shapes}`;
}

function escaped(label: string): string {
  return label.replaceAll('"', '\\"');
}
