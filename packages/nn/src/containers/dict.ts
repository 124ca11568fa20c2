import { ArgumentError } from '@gradus/storage';
import { type AnyModule, Module } from '../module.ts';
import type { Parameter } from '../parameter.ts';

type Entries<T> = Readonly<Record<string, T>> | Iterable<readonly [name: string, item: T]>;

/** Members by names of any spelling, in the order in which they were set; it has no forward of its own. */
abstract class Dict<T extends AnyModule | Parameter> extends Module<[], never> {
  readonly items: Map<string, T>;

  constructor(entries: Entries<T> = []) {
    super();
    this.items = new Map(Symbol.iterator in entries ? entries : Object.entries(entries));
  }

  get size(): number {
    return this.items.size;
  }

  has(name: string): boolean {
    return this.items.has(name);
  }

  get(name: string): T {
    const item = this.items.get(name);
    if (item === undefined) {
      throw new ArgumentError(`${this.constructor.name}: no '${name}' in [${[...this.items.keys()].join(', ')}]`);
    }
    return item;
  }

  set(name: string, item: T): this {
    if (name === '' || name.includes('.')) {
      throw new ArgumentError(`${this.constructor.name}: a name must not be empty or contain a dot, got '${name}'`);
    }
    this.items.set(name, item);
    return this;
  }

  delete(name: string): boolean {
    return this.items.delete(name);
  }

  keys(): IterableIterator<string> {
    return this.items.keys();
  }

  values(): IterableIterator<T> {
    return this.items.values();
  }

  entries(): IterableIterator<[string, T]> {
    return this.items.entries();
  }

  protected override members(): Iterable<readonly [string, T]> {
    return this.items;
  }

  override forward(): never {
    throw new ArgumentError(`${this.constructor.name}: it holds its items and has no forward; call theirs`);
  }
}

/**
 * Modules by name: `this.activations.get('relu').forward(x)`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ModuleDict.html
 */
export class ModuleDict<T extends AnyModule = AnyModule> extends Dict<T> {}

/**
 * Parameters by name.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ParameterDict.html
 */
export class ParameterDict extends Dict<Parameter> {
  protected override describe(): string {
    return `${this.size} parameters`;
  }
}
