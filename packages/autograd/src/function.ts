import { AutogradError, isFloat } from '@gradus/storage';
import { Tensor, zeros } from '@gradus/tensor';
import { alias } from '@gradus/tensor/launch';
import { edgeOf, setHistory } from './edges.ts';
import { isGradEnabled, noGrad } from './mode.ts';
import { type Edge, type Gradients, infoOf, Node } from './node.ts';
import { SavedTensor } from './saved-tensor.ts';

/** What `forward` leaves for `backward`. Fields of one's own may be added by subclassing or a WeakMap. */
export class FunctionContext {
  /** Which arguments need a gradient. */
  readonly needsInputGrad: readonly boolean[];
  /** @internal */ toSave: readonly Tensor[] = [];
  /** @internal */ readonly nonDifferentiable: Set<Tensor> = new Set();
  /** @internal */ readonly dirty: Set<Tensor> = new Set();
  /** @internal */ unpack: () => readonly Tensor[] = () => this.toSave;

  constructor(needsInputGrad: readonly boolean[]) {
    this.needsInputGrad = needsInputGrad;
  }

  /** Keeps inputs or outputs for backward; their versions are checked there. */
  saveForBackward(...tensors: readonly Tensor[]): void {
    this.toSave = tensors;
  }

  get savedTensors(): readonly Tensor[] {
    return this.unpack();
  }

  /** Says that forward wrote an argument in place (and returns it). */
  markDirty(...tensors: readonly Tensor[]): void {
    for (const tensor of tensors) this.dirty.add(tensor);
  }

  /** Says that outputs have no gradient. */
  markNonDifferentiable(...tensors: readonly Tensor[]): void {
    for (const tensor of tensors) this.nonDifferentiable.add(tensor);
  }
}

/**
 * An operation with a gradient of its own. `forward` runs unrecorded; `backward` gets a gradient per output and gives one
 * per argument (null for none). Ops in `backward` are recorded when the pass is, so it can be differentiated again.
 *
 * ```ts
 * class Cube extends Function {
 *   forward(ctx: FunctionContext, x: Tensor): Tensor {
 *     ctx.saveForBackward(x)
 *     return x.mul(x).mul(x)
 *   }
 *   backward(ctx: FunctionContext, g: Tensor): (Tensor | null)[] {
 *     const [x] = ctx.savedTensors as [Tensor]
 *     return [g.mul(x.mul(x).mul(3))]
 *   }
 * }
 * const y = Cube.apply(x)
 * ```
 *
 * @see https://pytorch.org/docs/stable/notes/extending.html
 */
export abstract class Function {
  abstract forward(context: FunctionContext, ...args: never[]): Tensor | readonly Tensor[];
  abstract backward(context: FunctionContext, ...gradients: Tensor[]): readonly (Tensor | null)[];

  /** Runs forward and records the call. */
  static apply<Args extends readonly unknown[], Result extends Tensor | readonly Tensor[]>(
    this: new () => Function & { forward(context: FunctionContext, ...args: Args): Result },
    ...args: Args
  ): Result {
    const operation = new this();
    const edges = args.map((arg) => (isGradEnabled() && arg instanceof Tensor ? edgeOf(arg) : null));
    const context = new FunctionContext(edges.map((edge) => edge !== null));
    const result = noGrad(() => operation.forward(context, ...args));
    const outputs = (Array.isArray(result) ? result : [result]) as readonly Tensor[];
    if (!context.needsInputGrad.includes(true)) return result;
    // An argument that is returned unchanged must not get the history of the call.
    const fresh = outputs.map((output) =>
      args.includes(output) && !context.dirty.has(output) ? alias(output) : output,
    );
    record(operation, context, edges, fresh);
    return (Array.isArray(result) ? fresh : fresh[0]) as Result;
  }
}

function record(
  operation: Function,
  context: FunctionContext,
  edges: readonly (Edge | null)[],
  outputs: readonly Tensor[],
): void {
  const node = new FunctionNode(operation, context, edges, outputs);
  outputs.forEach((output, index) => {
    if (!isFloat(output.dtype) || context.nonDifferentiable.has(output)) return;
    setHistory(output, node, index);
    if (output.source === null) output.gradientState().writes++;
  });
}

class FunctionNode extends Node {
  readonly #operation: Function;
  readonly #context: FunctionContext;
  readonly #saved: readonly { readonly tensor: SavedTensor; readonly edge: Edge | null }[];

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
      return { tensor: new SavedTensor(x, this.name), edge: output >= 0 ? { node: this, index: output } : edgeOf(x) };
    });
    context.toSave = [];
    context.unpack = () => this.#saved.map(({ tensor, edge }) => tensor.unpack(edge));
  }

  get name(): string {
    return this.#operation.constructor.name;
  }

  override apply(gradients: Gradients): Gradients {
    const given = gradients.map((gradient, i) => {
      const { shape, dtype, backend } = this.outputs[i] as FunctionNode['outputs'][number];
      return gradient ?? zeros(shape, { dtype, backend });
    });
    const results = this.#operation.backward(this.#context, ...given);
    if (results.length !== this.edges.length) {
      throw new AutogradError(
        `${this.name}.backward: gave ${results.length} gradients for ${this.edges.length} arguments; give null where there is none`,
      );
    }
    return results;
  }

  override release(): void {
    for (const { tensor } of this.#saved) tensor.release();
  }
}
