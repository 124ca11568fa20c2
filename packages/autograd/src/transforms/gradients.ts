import { ArgumentError, AutogradError, formatShape } from '@gradus/storage';
import { type Tensor, zerosLike } from '@gradus/tensor';
import { alias, view } from '@gradus/tensor/launch';
import { grad } from '../backward.ts';
import { edgeOf } from '../edges.ts';
import { enableGrad, isGradEnabled } from '../mode.ts';
import type { Node } from '../node.ts';
import { perExample } from '../vmap/per-example.ts';
import { tensorsOf, withTensors } from './tree.ts';

/**
 * A fresh place in the graph with a tensor's values: what a transform differentiates by. It stays connected to the graph
 * around, so transforms nest; inside vmap every example has its own.
 */
function primal(x: Tensor): Tensor {
  const own = perExample(x);
  if (!own.requiresGrad) return alias(own).setRequiresGrad();
  return view(own, { type: 'permute', axes: [...own.shape.keys()] });
}

/** The outputs of a recorded call on primals. */
export interface Call<Outputs> {
  readonly primals: readonly Tensor[];
  readonly outputs: Outputs;
  /** Whether somebody outside may differentiate what is made of the outputs. */
  readonly nested: boolean;
}

/** Calls `fn` with recording on, with primals in the places of `inputs`. */
export function called<Outputs>(inputs: readonly Tensor[], fn: (primals: readonly Tensor[]) => Outputs): Call<Outputs> {
  const wasEnabled = isGradEnabled();
  return enableGrad(() => {
    const primals = inputs.map(primal);
    const outputs = fn(primals);
    return { primals, outputs, nested: wasEnabled && reachesOutside(tensorsOf(outputs), primals) };
  });
}

/** Gradients of a call; zeros where an output doesn't depend on an input. */
export function pull(
  { primals, nested }: Call<unknown>,
  outputs: readonly Tensor[],
  gradOutputs: readonly (Tensor | null)[],
  options: { readonly createGraph?: boolean; readonly retainGraph?: boolean } = {},
): readonly Tensor[] {
  const { createGraph = nested } = options;
  const { retainGraph = createGraph } = options;
  const live = outputs.flatMap((y, i) => (y.requiresGrad ? [[y, gradOutputs[i] ?? null] as const] : []));
  if (live.length === 0) return primals.map((x) => zerosLike(x));
  const gradients = grad(
    live.map(([y]) => y),
    primals,
    { gradOutputs: live.map(([, g]) => g), createGraph, retainGraph, allowUnused: true },
  );
  return gradients.map((g, i) => g ?? zerosLike(primals[i] as Tensor));
}

/** Whether the graph below the outputs has a leaf that is none of the primals. */
function reachesOutside(outputs: readonly Tensor[], primals: readonly Tensor[]): boolean {
  const ends = new Map(primals.map((x) => [edgeOf(x)?.node, x.isLeaf]));
  if ([...ends.values()].includes(false)) return true;
  const seen = new Set<Node>();
  for (const y of outputs) {
    const edge = edgeOf(y);
    if (edge !== null) seen.add(edge.node);
  }
  for (const node of seen) {
    if (node.edges.length === 0 && !ends.has(node)) return true;
    for (const edge of node.edges) if (edge !== null) seen.add(edge.node);
  }
  return false;
}

export interface GradOfOptions {
  /** Which arguments to differentiate by: one, or several. Default 0. */
  readonly argnums?: number | readonly number[];
}

type Scalar = Tensor | readonly [Tensor, ...unknown[]];

/**
 * The function that gives the gradient of a function of one number's value, in the form of the argument (a tensor, or
 * arrays and objects of tensors). Where `fn` gives `[loss, ...rest]`, the rest is only passed on by `valueAndGrad`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.func.grad.html
 */
export function gradOf<Args extends readonly unknown[]>(
  fn: (...args: Args) => Scalar,
  options: GradOfOptions = {},
): (...args: Args) => Args[0] {
  const both = valueAndGrad(fn, options);
  return (...args) => both(...args).gradient;
}

/** `gradOf` that gives what `fn` returned too. */
export function valueAndGrad<Args extends readonly unknown[], Result extends Scalar>(
  fn: (...args: Args) => Result,
  options: GradOfOptions = {},
): (...args: Args) => { readonly value: Result; readonly gradient: Args[0] } {
  const { argnums = 0 } = options;
  const chosen = typeof argnums === 'number' ? [argnums] : argnums;
  return (...args) => {
    const wanted = chosen.map((i) => {
      if (i < 0 || i >= args.length) throw new ArgumentError(`gradOf: argnums ${i}, but ${args.length} arguments`);
      return args[i];
    });
    const call = called(tensorsOf(wanted), (primals) => {
      const given = withTensors(wanted, primals);
      return fn(...(args.map((arg, i) => (chosen.includes(i) ? given[chosen.indexOf(i)] : arg)) as unknown as Args));
    });
    const loss = (Array.isArray(call.outputs) ? call.outputs[0] : call.outputs) as Tensor;
    if (loss.ndim > 0 && loss.size !== 1) {
      throw new AutogradError(`gradOf: the function must give one number, got shape ${formatShape(loss.shape)}`);
    }
    const gradients = withTensors(wanted, pull(call, [loss], []));
    const value = call.nested
      ? call.outputs
      : withTensors(
          call.outputs,
          tensorsOf(call.outputs).map((x) => alias(x)),
        );
    return { value, gradient: typeof argnums === 'number' ? gradients[0] : gradients };
  };
}
