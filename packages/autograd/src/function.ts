import { AutogradError, isFloat } from '@gradus/storage';
import { Tensor } from '@gradus/tensor';
import { alias } from '@gradus/tensor/launch';
import { batching } from './batching.ts';
import { edgeOf, setHistory } from './edges.ts';
import { FunctionNode } from './function-node.ts';
import { assertWritable, writeHistory } from './in-place.ts';
import { isGradEnabled, noGrad } from './mode.ts';
import type { Edge } from './node.ts';

/** What `forward` leaves for `backward`. Fields of one's own may be added by subclassing or a WeakMap. */
export class FunctionContext {
  /** Which arguments need a gradient. */
  readonly needsInputGrad: readonly boolean[];
  /** @internal */ toSave: readonly Tensor[] = [];
  /** @internal */ materialize = true;
  /** @internal */ readonly nonDifferentiable: Set<Tensor> = new Set();
  /** @internal */ readonly dirty: Set<Tensor> = new Set();
  /** @internal */ unpack: () => readonly Tensor[] = () => this.toSave;

  constructor(needsInputGrad: readonly boolean[]) {
    this.needsInputGrad = needsInputGrad;
  }

  /** Keeps tensors for backward; their versions are checked there. Intermediate ones have no gradient: return those too. */
  saveForBackward(...tensors: readonly Tensor[]): void {
    this.toSave = tensors;
  }

  get savedTensors(): readonly Tensor[] {
    return this.unpack();
  }

  /** Says that forward wrote arguments in place; it must return them. */
  markDirty(...tensors: readonly Tensor[]): void {
    for (const tensor of tensors) this.dirty.add(tensor);
  }

  /** Says that outputs have no gradient. */
  markNonDifferentiable(...tensors: readonly Tensor[]): void {
    for (const tensor of tensors) this.nonDifferentiable.add(tensor);
  }

  /** Whether backward gets zeros (the default) or null for outputs that have no gradient. */
  setMaterializeGrads(value: boolean): void {
    this.materialize = value;
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
  /** True where backward uses what can't be differentiated: a second derivative is an error then, never a wrong number. */
  readonly onceDifferentiable: boolean = false;

  abstract forward(context: FunctionContext, ...args: never[]): Tensor | readonly Tensor[];
  abstract backward(context: FunctionContext, ...gradients: Tensor[]): readonly (Tensor | null)[];

  /** Runs forward and records the call. */
  static apply<Args extends readonly unknown[], Result extends Tensor | readonly Tensor[]>(
    this: new () => Function & { forward(context: FunctionContext, ...args: Args): Result },
    ...args: Args
  ): Result {
    const operation = new this();
    const { name } = operation.constructor;
    const tensors = args.filter((arg) => arg instanceof Tensor);
    const edges = args.map((arg) => (isGradEnabled() && arg instanceof Tensor ? edgeOf(arg) : null));
    const recorded = edges.some((edge) => edge !== null);
    if (recorded && batching?.isBatched(tensors)) {
      throw new AutogradError(
        `${name}: a Function with its own gradient can't be recorded inside vmap; write it with ops, or take noGrad`,
      );
    }
    const context = new FunctionContext(edges.map((edge) => edge !== null));
    const result = noGrad(() => operation.forward(context, ...args));
    const outputs = (Array.isArray(result) ? result : [result]) as readonly Tensor[];
    assertReturned(name, context, outputs);
    if (!recorded) return result;
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
  for (const x of context.dirty) assertWritable(operation.constructor.name, x);
  const node = new FunctionNode(operation, context, edges, outputs);
  outputs.forEach((output, index) => {
    if (!isFloat(output.dtype) || context.nonDifferentiable.has(output)) return;
    if (context.dirty.has(output)) writeHistory(output, node, index);
    else setHistory(output, node, index);
  });
}

function assertReturned(name: string, { dirty }: FunctionContext, outputs: readonly Tensor[]): void {
  for (const x of dirty) {
    if (!outputs.includes(x))
      throw new AutogradError(`${name}.forward: marked an argument dirty, but didn't return it`);
  }
}
