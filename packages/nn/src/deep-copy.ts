import { Tensor, unrecorded } from '@gradus/tensor';
import { type AnyModule, Module } from './module.ts';
import { Parameter, StateBuffer } from './parameter.ts';

/**
 * A copy with parameters, buffers and submodules of its own and the same values: Python's `copy.deepcopy(model)`. What
 * stands in several places of the model does so in the copy. Hooks are not copied. A module's fields must not be private
 * by `#`, which nothing can copy.
 */
export function deepCopy<T extends AnyModule>(module: T): T {
  return unrecorded(() => copyOf(module, new Map()));
}

function copyOf<T>(value: T, copies: Map<unknown, unknown>): T {
  if (!copies.has(value)) {
    if (value instanceof Tensor) copies.set(value, copyOfTensor(value));
    else if (isContainer(value)) fill(value, copies);
    else return value;
  }
  return copies.get(value) as T;
}

function copyOfTensor(x: Tensor): Tensor {
  const values = x.detach().clone();
  if (x instanceof Parameter) return sameClass(new Parameter(values, x.requiresGrad), x);
  return x instanceof StateBuffer ? sameClass(new StateBuffer(values, x.persistent), x) : values;
}

/** A lazy layer's members stay what they are. */
function sameClass(copy: Tensor, original: Tensor): Tensor {
  return Object.setPrototypeOf(copy, Object.getPrototypeOf(original) as object) as Tensor;
}

/** Modules, arrays, maps and plain objects; anything else (a generator, a backend, a function) is shared. */
function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return value instanceof Module || Array.isArray(value) || value instanceof Map || prototype === Object.prototype;
}

/** The copy is known before its parts are copied: they may refer to it. */
function fill(source: object, copies: Map<unknown, unknown>): void {
  const target: object = source instanceof Map ? new Map() : Object.create(Object.getPrototypeOf(source) as object);
  copies.set(source, Array.isArray(source) ? [] : target);
  if (source instanceof Map) {
    for (const [key, item] of source) (target as Map<unknown, unknown>).set(copyOf(key, copies), copyOf(item, copies));
    return;
  }
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(source))) {
    if (descriptor.enumerable) descriptor.value = copyOf(descriptor.value as unknown, copies);
    else if (descriptor.get === undefined) continue;
    Object.defineProperty(copies.get(source), name, descriptor);
  }
}
