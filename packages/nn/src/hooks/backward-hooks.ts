import { isFloat } from '@gradus/storage';
import { cat, split, Tensor } from '@gradus/tensor';
import { view } from '@gradus/tensor/launch';
import type { AnyModule } from '../module.ts';

type Grads = readonly (Tensor | null)[];

export type BackwardPreHook = (module: AnyModule, gradOutput: Grads) => Grads | undefined;
export type BackwardHook = (module: AnyModule, gradInput: Grads, gradOutput: Grads) => Grads | undefined;

/** Hooks in the order of their registration; one hook may be registered twice. */
export type Entries<Hook> = Set<{ readonly hook: Hook }>;

interface BackwardHooks {
  readonly backwardBefore: Entries<BackwardPreHook>;
  readonly backward: Entries<BackwardHook>;
}

/** What is done to the inputs and outputs of one forward so that its gradients are seen. */
interface Observed {
  inputs(inputs: readonly unknown[]): readonly unknown[];
  outputs(output: unknown): unknown;
}

export function observeGradients(module: AnyModule, hooks: BackwardHooks): Observed {
  let gradOutput: Grads = [];
  let count = 0;
  let waiting = false;
  const atInputs = (grads: Grads): Grads => {
    let current = grads;
    for (const { hook } of hooks.backward) current = hook(module, current, gradOutput) ?? current;
    return current;
  };
  const atOutputs = (grads: Grads): Grads => {
    gradOutput = grads;
    for (const { hook } of hooks.backwardBefore) gradOutput = hook(module, gradOutput) ?? gradOutput;
    // Without an input that wants a gradient this is all there is to see.
    if (!waiting) atInputs(new Array<null>(count).fill(null));
    return gradOutput;
  };
  return {
    inputs(inputs) {
      count = inputs.length;
      const passed = passThrough(inputs, atInputs);
      waiting = passed !== inputs;
      return passed;
    },
    outputs: (output) => (Array.isArray(output) ? passThrough(output, atOutputs) : passThrough([output], atOutputs)[0]),
  };
}

/**
 * The values, with every tensor among them that wants a gradient replaced by one that tells its gradient: `hook` gets
 * those of all of them at once. Several tensors are joined into one for that, and taken apart again.
 */
function passThrough(values: readonly unknown[], hook: (grads: Grads) => Grads): readonly unknown[] {
  const places = values.flatMap((value, i) => (value instanceof Tensor && value.requiresGrad ? [i] : []));
  const tensors = places.map((i) => values[i] as Tensor);
  if (tensors.length === 0) return values;
  const joint = tensors.length === 1 ? sameAs(tensors[0] as Tensor) : cat(tensors.map(flat));
  if (!joint.requiresGrad) return values;
  joint.registerHook((grad) => {
    const parts = tensors.length === 1 ? [grad] : apart(grad, tensors);
    const given = values.map((_, i) => (places.includes(i) ? (parts[places.indexOf(i)] as Tensor) : null));
    const wanted = hook(given);
    if (wanted === given) return undefined;
    const chosen = places.map((i, k) => wanted[i] ?? (parts[k] as Tensor));
    return tensors.length === 1 ? chosen[0] : cat(chosen.map(flat));
  });
  const passed = tensors.length === 1 ? [joint] : apart(joint, tensors);
  return values.map((value, i) => (places.includes(i) ? passed[places.indexOf(i)] : value));
}

/** A view of all of it: a node of its own in the graph. */
function sameAs(x: Tensor): Tensor {
  return view(x, { type: 'reshape', shape: x.shape });
}

function flat(x: Tensor): Tensor {
  return x.reshape([-1]);
}

/** What `cat` of the flat tensors joined. */
function apart(joint: Tensor, tensors: readonly Tensor[]): readonly Tensor[] {
  const parts = split(
    joint,
    tensors.map(({ size }) => size),
  );
  return parts.map((part, i) => {
    const { shape, dtype } = tensors[i] as Tensor;
    return (isFloat(dtype) && dtype !== part.dtype ? part.to(dtype) : part).reshape(shape);
  });
}
