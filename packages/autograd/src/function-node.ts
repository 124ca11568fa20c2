import { AutogradError, broadcastShapes, formatShape, sameShape } from '@gradus/storage';
import { type Tensor, to, zeros } from '@gradus/tensor';
import { alias, sumTo } from '@gradus/tensor/launch';
import { edgeOf, setHistory } from './edges.ts';
import type { Function, FunctionContext } from './function.ts';
import { isGradEnabled, noGrad } from './mode.ts';
import { type Edge, type Gradients, infoOf, Node, type OutputInfo } from './node.ts';
import type { Saved } from './saved-tensor.ts';
import { save } from './saving.ts';

/** A call of a `Function`. */
export class FunctionNode extends Node {
  readonly #operation: Function;
  readonly #context: FunctionContext;
  readonly #saved: readonly { readonly tensor: Saved; readonly edge: Edge | null }[];

  constructor(
    operation: Function,
    context: FunctionContext,
    edges: readonly (Edge | null)[],
    outputs: readonly Tensor[],
  ) {
    super(edges, outputs.map(infoOf));
    this.#operation = operation;
    this.#context = context;
    this.#saved = context.toSave.map((x) => {
      const output = outputs.indexOf(x);
      return { tensor: save(x, this.name), edge: output >= 0 ? { node: this, index: output } : edgeOf(x) };
    });
    context.toSave = [];
    context.unpack = () => this.#saved.map(({ tensor, edge }) => tensor.unpack(edge));
  }

  get name(): string {
    return this.#operation.constructor.name;
  }

  override apply(gradients: Gradients): Gradients {
    const given = this.#context.materialize ? gradients.map((g, i) => g ?? this.#zeros(i)) : gradients;
    const call = (): Gradients => this.#operation.backward(this.#context, ...(given as Tensor[]));
    const once = this.#operation.onceDifferentiable && isGradEnabled();
    const results = once ? noGrad(call) : call();
    if (results.length !== this.edges.length) {
      throw new AutogradError(
        `${this.name}.backward: gave ${results.length} gradients for ${this.edges.length} arguments; give null where there is none`,
      );
    }
    const fitted = results.map((result, i) => result && this.#fitted(result, i));
    return once ? this.#final(fitted, given) : fitted;
  }

  override release(): void {
    for (const { tensor } of this.#saved) tensor.release();
  }

  #zeros(output: number): Tensor {
    const { shape, dtype, backend } = this.outputs[output] as OutputInfo;
    return zeros(shape, { dtype, backend });
  }

  /** In the shape and dtype of the argument; broadcast axes are summed. */
  #fitted(gradient: Tensor, argument: number): Tensor {
    const edge = this.edges[argument];
    if (!edge) return gradient;
    const { shape, dtype } = edge.node.outputs[edge.index] as OutputInfo;
    if (!sameShape(gradient.shape, shape) && !stretches(shape, gradient.shape)) {
      throw new AutogradError(
        `${this.name}.backward: gradient ${argument} has shape ${formatShape(gradient.shape)}, but the argument ${formatShape(shape)}`,
      );
    }
    return to(sumTo(gradient, shape), dtype);
  }

  /** The gradients of a pass that can't be differentiated, in a pass that is recorded: their own gradient is an error. */
  #final(results: Gradients, given: Gradients): Gradients {
    const edges = given.map((gradient) => gradient && edgeOf(gradient));
    const inputs = [...edges, ...this.#saved.map(({ edge }) => edge)];
    return results.map((result) => {
      if (result === null) return null;
      const final = alias(result);
      setHistory(final, new FinalNode(this.name, inputs, [infoOf(final)]));
      return final;
    });
  }
}

class FinalNode extends Node {
  readonly name: string;

  constructor(name: string, edges: readonly (Edge | null)[], outputs: readonly OutputInfo[]) {
    super(edges, outputs);
    this.name = `${name} backward`;
  }

  override apply(): Gradients {
    throw new AutogradError(`${this.name}: differentiated twice, but the Function says onceDifferentiable`);
  }

  override release(): void {}
}

function stretches(shape: readonly number[], larger: readonly number[]): boolean {
  try {
    return sameShape(broadcastShapes('backward', shape, larger), larger);
  } catch {
    return false;
  }
}
