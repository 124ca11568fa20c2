import { ArgumentError } from '@gradus/storage';
import { Tensor } from '@gradus/tensor';
import { type AnyModule, Module } from './module.ts';
import { type Parameter, StateBuffer } from './parameter.ts';

// A field is registered by being there. These functions are for names that are only known as the program runs, and for
// modules of others. A name is a field's: `runningMean` and `running_mean` both stand as `running_mean` in the state dict.

/** @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_parameter */
export function registerParameter(module: AnyModule, name: string, parameter: Parameter | null): void {
  register('registerParameter', module, name, parameter);
}

/**
 * Makes a tensor part of a module's state that isn't trained; takes over its memory.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_buffer
 */
export function registerBuffer(
  module: AnyModule,
  name: string,
  tensor: Tensor | null,
  options: { readonly persistent?: boolean } = {},
): void {
  const given = tensor === null || tensor instanceof StateBuffer;
  register('registerBuffer', module, name, given ? tensor : new StateBuffer(tensor, options.persistent));
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_module */
export function registerModule(module: AnyModule, name: string, child: AnyModule | null): void {
  register('registerModule', module, name, child);
}

function register(op: string, module: AnyModule, name: string, member: Tensor | AnyModule | null): void {
  if (name === '' || name.includes('.')) {
    throw new ArgumentError(`${op}: a name must not be empty or contain a dot, got '${name}'`);
  }
  const present: unknown = Reflect.get(module, name);
  const free = present === null || present === undefined;
  if (!free && !(present instanceof Tensor) && !(present instanceof Module)) {
    throw new ArgumentError(`${op}: ${module.constructor.name} has a '${name}' already`);
  }
  Object.defineProperty(module, name, { value: member, writable: true, enumerable: true, configurable: true });
}
