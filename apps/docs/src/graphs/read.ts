import { graphText, type Tensor } from '@gradus/gradus';

/** A node of a recorded graph. */
export interface GraphNode {
  readonly name: string;
  readonly shape: string;
  /** The nodes that it reads, by their places. */
  readonly inputs: readonly number[];
  /** Whether it is a tensor that was there before the first op. */
  readonly leaf: boolean;
}

/** The graph below a tensor, inputs before what is made of them. */
export function readGraph(root: Tensor, params: Readonly<Record<string, Tensor>>): readonly GraphNode[] {
  return graphText(root, { params })
    .split('\n')
    .map((line) => {
      const [, name = '', inputs, shape = ''] = /^%\d+ = ([^\s(]+)(?:\((.*)\))? (.*)$/.exec(line) ?? [];
      const places = [...(inputs ?? '').matchAll(/%(\d+)/g)].map(([, place]) => Number(place));
      return { name, shape, inputs: places, leaf: inputs === undefined };
    });
}
