import type { Pipeline } from './pipeline.ts';

type Node = Map<number, Node | Pipeline>;

/** Pipelines by lists of numbers, all equally long: what a kernel's code depends on. */
export class PipelineCache {
  readonly #root: Node = new Map();

  get(key: readonly number[], create: () => Pipeline): Pipeline {
    const last = key.length - 1;
    let node = this.#root;
    for (let i = 0; i < last; i++) {
      let next = node.get(key[i] as number) as Node | undefined;
      if (next === undefined) {
        next = new Map();
        node.set(key[i] as number, next);
      }
      node = next;
    }
    let pipeline = node.get(key[last] as number) as Pipeline | undefined;
    if (pipeline === undefined) {
      pipeline = create();
      node.set(key[last] as number, pipeline);
    }
    return pipeline;
  }
}
