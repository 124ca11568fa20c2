import { ArgumentError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';

/** What can be called with other parameters: a Module of @gradus/nn, or anything of its form. */
export interface ModuleLike<Args extends readonly unknown[], Result> {
  forward(...args: Args): Result;
  namedModules(): Iterable<readonly [string, object]>;
  namedParameters(): Iterable<readonly [string, Tensor]>;
  namedBuffers(): Iterable<readonly [string, Tensor]>;
}

/**
 * Calls a module with other tensors in the places of its parameters and buffers, by their state-dict names; those that
 * aren't named stay. The module is as before afterwards.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.func.functional_call.html
 */
export function functionalCall<Args extends readonly unknown[], Result>(
  module: ModuleLike<Args, Result>,
  tensors: Readonly<Record<string, Tensor>>,
  ...args: Args
): Result {
  const replacements = new Map<Tensor, Tensor>();
  const known = new Map([...module.namedParameters(), ...module.namedBuffers()]);
  for (const [name, tensor] of Object.entries(tensors)) {
    const own = known.get(name);
    if (own === undefined) throw new ArgumentError(`functionalCall: the module has no parameter or buffer '${name}'`);
    replacements.set(own, tensor);
  }
  const restore = [...module.namedModules()].flatMap(([, part]) => replaceFields(part, replacements));
  try {
    return module.forward(...args);
  } finally {
    for (const undo of restore.reverse()) undo();
  }
}

/** Puts replacements in the place of a module's own tensors, in its fields and in lists in them. */
function replaceFields(holder: object, replacements: ReadonlyMap<Tensor, Tensor>): (() => void)[] {
  return Object.entries(holder).flatMap(([field, value]) => {
    const other = replacements.get(value as Tensor);
    if (other !== undefined) {
      const fields = holder as Record<string, unknown>;
      fields[field] = other;
      return [
        () => {
          fields[field] = value;
        },
      ];
    }
    return Array.isArray(value) ? replaceFields(value, replacements) : [];
  });
}
