import { readFileSync } from 'node:fs';
import { type Edge, Graph, layout } from '@dagrejs/dagre';
import type { GraphNode } from './read.ts';

export interface DrawOptions {
  /** For readers who don't see the picture. */
  readonly title: string;
  /** Where the graph grows to; default: to the right. */
  readonly direction?: 'LR' | 'TB';
  /** Lines below the name of a node, instead of its shape. */
  readonly notes?: readonly (readonly string[])[];
  /** Whether arrows lead from results to what they were made of, as gradients go. */
  readonly reversed?: boolean;
}

const LINE = 17;
const CHARACTER = 7.6;

const style = readFileSync(new URL('graph.css', import.meta.url), 'utf8');

/** A recorded graph as a picture. */
export function graphSvg(nodes: readonly GraphNode[], options: DrawOptions): string {
  const { title, direction = 'LR', reversed = false } = options;
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: direction, nodesep: 22, ranksep: 38, marginx: 4, marginy: 4 });
  for (const [place, node] of nodes.entries()) {
    const lines = textOf(node, options.notes?.[place]);
    const width = Math.max(...lines.map((line) => line.length)) * CHARACTER + 24;
    graph.setNode(String(place), { width: Math.round(width), height: lines.length * LINE + 12 });
    for (const [i, input] of node.inputs.entries()) graph.setEdge(String(input), String(place), {}, String(i));
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const boxes = nodes.map((node, place) => box(node, textOf(node, options.notes?.[place]), graph.node(String(place))));
  const arrows = graph.edges().map((edge: Edge) => arrow(graph.edge(edge).points, reversed));
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" aria-label="${title}" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">
<style>
${style}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z"/></marker></defs>
${[...arrows, ...boxes].join('\n')}
</svg>
`;
}

function textOf({ name, shape }: GraphNode, notes?: readonly string[]): readonly string[] {
  return [name, ...(notes ?? [shape])];
}

/** Where a node stands: its middle and its size. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function box({ leaf }: GraphNode, lines: readonly string[], { x, y, width, height }: Place): string {
  const [left, top] = [round(x - width / 2), round(y - height / 2)];
  const texts = lines.map((line, i) => {
    const kind = i === 0 ? 'name' : line.startsWith('∂') ? 'grad' : 'value';
    return `<text class="${kind}" x="${round(x)}" y="${top + LINE * (i + 1) + 1}">${line}</text>`;
  });
  const rect = `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="${leaf ? 3 : 14}"/>`;
  return `<g class="${leaf ? 'leaf' : 'op'}">${rect}${texts.join('')}</g>`;
}

function arrow(points: readonly { x: number; y: number }[], reversed: boolean): string {
  const [start, ...others] = points.map(({ x, y }) => `${round(x)} ${round(y)}`);
  return `<path d="M${start}L${others.join('L')}" marker-${reversed ? 'start' : 'end'}="url(#tip)"/>`;
}

const round = (x: number): number => Math.round(x * 10) / 10;
