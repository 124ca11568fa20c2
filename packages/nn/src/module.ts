import type { Backend } from '@gradus/backend';
import { type DType, isFloat } from '@gradus/storage';
import { type Tensor, unrecorded } from '@gradus/tensor';
import { Parameter, StateBuffer } from './parameter.ts';
import { type LoadOptions, type LoadReport, loadInto, type StateDict } from './state-dict.ts';

type Member = Parameter | StateBuffer | Module<never[], unknown>;

/**
 * Base of all layers and models. Parameters, buffers and submodules are found by the module's own fields, arrays of them
 * included (`blocks.0.weight`). Their names are PyTorch's: a field `runningMean` is called `running_mean`.
 *
 * ```ts
 * class Net extends Module {
 *   readonly fc1 = new Linear(784, 128)
 *   readonly fc2 = new Linear(128, 10)
 *   forward(x: Tensor): Tensor {
 *     return this.fc2.forward(this.fc1.forward(x).relu())
 *   }
 * }
 * ```
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html
 */
export abstract class Module<Args extends readonly unknown[] = [input: Tensor], Result = Tensor> {
  /** Whether dropout drops and batch norm uses the batch's own statistics. */
  training = true;

  abstract forward(...args: Args): Result;

  /** Own parameters, buffers and submodules by name, in the order of the fields. */
  protected *members(): Iterable<readonly [name: string, member: Member]> {
    for (const [field, value] of Object.entries(this)) {
      const name = snakeCase(field);
      if (isMember(value)) yield [name, value];
      else if (Array.isArray(value)) {
        for (const [i, part] of value.entries()) if (isMember(part)) yield [`${name}.${i}`, part];
      }
    }
  }

  /** Direct submodules. */
  *namedChildren(): Iterable<readonly [string, AnyModule]> {
    for (const [name, member] of this.members()) if (member instanceof Module) yield [name, member];
  }

  /**
   * This module (named '') and all below it, depth first. A module that stands in several places comes once, under its
   * first name, unless `seen` is null.
   */
  *namedModules(prefix = '', seen: Set<AnyModule> | null = new Set()): Iterable<readonly [string, AnyModule]> {
    const self = this as unknown as AnyModule;
    if (seen?.has(self)) return;
    seen?.add(self);
    yield [prefix, self];
    for (const [name, child] of this.namedChildren()) yield* child.namedModules(join(prefix, name), seen);
  }

  /** Every parameter once, in PyTorch's order: a module's own before its children's. */
  namedParameters(prefix = ''): Iterable<readonly [string, Parameter]> {
    return Module.#named(this, Parameter, prefix);
  }

  /** Every buffer once, those that the state dict leaves out too. */
  namedBuffers(prefix = ''): Iterable<readonly [string, StateBuffer]> {
    return Module.#named(this, StateBuffer, prefix);
  }

  static *#named<T extends Member>(
    root: Module<never[], unknown>,
    kind: abstract new (...args: never[]) => T,
    prefix: string,
  ): Iterable<readonly [string, T]> {
    const seen = new Set<T>();
    for (const [path, module] of root.namedModules(prefix)) {
      for (const [name, member] of module.members()) {
        if (!(member instanceof kind) || seen.has(member)) continue;
        seen.add(member);
        yield [join(path, name), member];
      }
    }
  }

  parameters(): Parameter[] {
    return Array.from(this.namedParameters(), ([, parameter]) => parameter);
  }

  /** Parameters and persistent buffers by name. They share memory with the module; clone them to keep a snapshot. */
  stateDict(): StateDict {
    const state: StateDict = new Map();
    for (const [path, module] of this.namedModules('', null)) {
      const own = [...module.members()];
      for (const [name, member] of own) if (member instanceof Parameter) state.set(join(path, name), member);
      for (const [name, member] of own) {
        if (member instanceof StateBuffer && member.persistent) state.set(join(path, name), member);
      }
    }
    return state;
  }

  /**
   * Copies tensors into the parameters and buffers of the same names. With `strict` (default) names must match exactly;
   * with `assign` the module takes over the tensors themselves, their dtype and backend too, instead of copying.
   *
   * @throws an error that lists all names and shapes that don't match; nothing is changed then
   */
  loadStateDict(state: ReadonlyMap<string, Tensor>, options: LoadOptions = {}): LoadReport {
    return loadInto(this.stateDict(), state, options);
  }

  train(mode = true): this {
    for (const [, module] of this.namedModules()) module.training = mode;
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /** Calls `visit` with every submodule, children first, then with the module itself. */
  apply(visit: (module: AnyModule) => void): this {
    for (const [, child] of this.namedChildren()) child.apply(visit);
    visit(this as unknown as AnyModule);
    return this;
  }

  /** Switches gradients of all parameters on or off: `model.setRequiresGrad(false)` freezes it. */
  setRequiresGrad(value = true): this {
    for (const parameter of this.parameters()) parameter.setRequiresGrad(value);
    return this;
  }

  zeroGrad(): void {
    for (const parameter of this.parameters()) {
      parameter.grad?.dispose();
      parameter.grad = null;
    }
  }

  /** Converts parameters and buffers in place: to a float dtype (integers keep theirs), or to another backend. */
  to(target: DType | Backend): this {
    unrecorded(() => {
      for (const [, tensor] of [...this.namedParameters(), ...this.namedBuffers()]) {
        if (typeof target === 'string' && !isFloat(tensor.dtype)) continue;
        tensor.setData(tensor.to(target));
        if (tensor.grad !== null) tensor.grad = tensor.grad.to(target);
      }
    });
    return this;
  }

  /** The tree of modules, as PyTorch prints it. */
  toString(): string {
    const children = Array.from(this.namedChildren(), ([name, child]) => `(${name}): ${indent(child.toString())}`);
    const head = `${this.constructor.name}(${this.describe()}`;
    return children.length === 0 ? `${head})` : `${head}\n  ${children.join('\n  ')}\n)`;
  }

  /** What stands between the parentheses when a layer is printed. */
  protected describe(): string {
    return '';
  }
}

/** Any module, whatever its forward takes and gives. */
export type AnyModule = Module<never[], unknown>;

function isMember(value: unknown): value is Member {
  return value instanceof Parameter || value instanceof StateBuffer || value instanceof Module;
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n  ');
}

/** `weightIhL0` -> `weight_ih_l0`. */
function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter, at: number) => (at === 0 ? letter : `_${letter.toLowerCase()}`));
}
