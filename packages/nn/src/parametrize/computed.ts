import { ArgumentError } from '@gradus/storage';
import { Tensor } from '@gradus/tensor';
import type { AnyModule } from '../module.ts';
import { Parameter } from '../parameter.ts';

/** The parameter in a field. */
export function parameterOf(op: string, module: AnyModule, name: string): Parameter {
  const found = Object.getOwnPropertyDescriptor(module, name)?.value as unknown;
  if (found instanceof Parameter) return found;
  throw new ArgumentError(`${op}: ${module.constructor.name} has no parameter '${name}'`);
}

/**
 * Puts a computed tensor where a parameter was: the field's value is computed at every reading, and is no member of the
 * module. Assigning to the field goes to `write`.
 */
export function compute(
  module: AnyModule,
  name: string,
  read: (this: AnyModule) => Tensor,
  write: (this: AnyModule, value: Tensor) => void,
): void {
  Reflect.deleteProperty(module, name);
  Object.defineProperty(module, name, { get: read, set: write, configurable: true, enumerable: false });
}

/** Puts a parameter back where a computed tensor was. */
export function restore(module: AnyModule, name: string, value: Tensor): Parameter {
  const parameter = value instanceof Parameter ? value : new Parameter(value.detach().clone());
  Reflect.deleteProperty(module, name);
  Reflect.set(module, name, parameter);
  return parameter;
}

/** Whether a field holds a tensor that is computed. */
export function isComputed(module: AnyModule, name: string): boolean {
  return Object.getOwnPropertyDescriptor(module, name)?.get !== undefined;
}

/** What is read from a computed field. */
export function valueOf(module: AnyModule, name: string): Tensor {
  const value: unknown = Reflect.get(module, name);
  if (value instanceof Tensor) return value;
  throw new ArgumentError(`${module.constructor.name} has no tensor '${name}'`);
}
