import { type Shape, sameShape } from '@gradus/storage';
import { type Operation, operationName, type Saves, type Tensor } from '@gradus/tensor';
import { sumTo } from '@gradus/tensor/launch';
import { isGradEnabled } from './mode.ts';
import { type Edge, type Gradients, Node, type OutputInfo } from './node.ts';
import { rules } from './rules/index.ts';
import type { Context, Rule } from './rules/rule.ts';
import type { Saved } from './saved-tensor.ts';
import { type Saver, save } from './saving.ts';

const SAVES_NOTHING: Saves = {};

/** A node whose gradient is given by the rule of its operation's kind. */
export class OperationNode extends Node {
  readonly operation: Operation;
  readonly #inputShapes: readonly Shape[];
  readonly #needs: readonly boolean[];
  readonly #saves: Saves;
  readonly #savedInputs: readonly (Saved | null)[];
  #savedOutputs: readonly (Saved | null)[] = [];

  constructor(
    operation: Operation,
    inputs: readonly Tensor[],
    edges: readonly (Edge | null)[],
    outputs: readonly OutputInfo[],
    saveInput: Saver = save,
  ) {
    super(edges, outputs);
    this.operation = operation;
    this.#inputShapes = inputs.map((x) => x.shape);
    this.#needs = edges.map((edge) => edge !== null);
    this.#saves = this.#rule().saves?.(operation, this.#needs, outputs.length) ?? SAVES_NOTHING;
    const wanted = this.#saves.inputs ?? [];
    this.#savedInputs = inputs.map((x, i) => (wanted.includes(i) ? saveInput(x, this.name) : null));
  }

  get name(): string {
    return operationName(this.operation);
  }

  /** Saves the outputs that the rule reads; apart from construction, because an in-place op has them only afterwards. */
  saveOutputs(outputs: readonly Tensor[]): void {
    const wanted = this.#saves.outputs ?? [];
    if (wanted.length === 0) return;
    this.#savedOutputs = outputs.map((x, i) => (wanted.includes(i) ? save(x, this.name) : null));
  }

  override apply(gradients: Gradients): Gradients {
    const needs = this.#needs;
    const unpacked: Tensor[] = [];
    const thunks = this.#rule().backward(this.#context(unpacked), gradients);
    const results = needs.map((needed, i) => {
      const thunk = needed ? thunks[i] : null;
      if (!thunk) return null;
      const gradient = thunk();
      const shape = this.#inputShapes[i] as Shape;
      return sameShape(gradient.shape, shape) ? gradient : sumTo(gradient, shape);
    });
    // A recorded backward pass needs them still; otherwise results may be views of them, but hold references of their own.
    if (!isGradEnabled()) for (const x of unpacked) if (!results.includes(x)) x.dispose();
    return results;
  }

  override release(): void {
    for (const saved of this.#savedInputs) saved?.release();
    for (const saved of this.#savedOutputs) saved?.release();
  }

  #context(unpacked: Tensor[]): Context {
    const unpack = (saved: Saved | null | undefined, edge: Edge | null): Tensor => {
      const tensor = (saved as Saved).unpack(edge);
      unpacked.push(tensor);
      return tensor;
    };
    return {
      operation: this.operation,
      needs: this.#needs,
      inputShapes: this.#inputShapes,
      outputs: this.outputs.length,
      createGraph: isGradEnabled(),
      input: (index) => unpack(this.#savedInputs[index], this.edges[index] ?? null),
      output: (index) => unpack(this.#savedOutputs[index], { node: this, index }),
    };
  }

  #rule(): Rule {
    return rules[this.operation.kind] as Rule;
  }
}
