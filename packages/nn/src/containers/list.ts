import { ArgumentError } from '@gradus/storage';
import { type AnyModule, Module } from '../module.ts';
import type { Parameter } from '../parameter.ts';

/** Members named '0', '1', ...; it has no forward of its own. */
abstract class List<T extends AnyModule | Parameter> extends Module<[], never> implements Iterable<T> {
  readonly items: T[];

  constructor(items: Iterable<T> = []) {
    super();
    this.items = [...items];
  }

  get length(): number {
    return this.items.length;
  }

  /** The item at an index; negative ones count from the end. */
  at(index: number): T {
    const item = this.items.at(index);
    if (item === undefined) throw new ArgumentError(`${this.constructor.name}: no item ${index} of ${this.length}`);
    return item;
  }

  append(...items: readonly T[]): this {
    this.items.push(...items);
    return this;
  }

  insert(index: number, item: T): this {
    this.items.splice(index, 0, item);
    return this;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.items.values();
  }

  protected override *members(): Iterable<readonly [string, AnyModule | Parameter]> {
    for (const [i, item] of this.items.entries()) yield [String(i), item];
  }

  override forward(): never {
    throw new ArgumentError(`${this.constructor.name}: it holds its items and has no forward; call theirs`);
  }
}

/**
 * Modules in a list: `for (const block of this.blocks) x = block.forward(x)`. A plain array in a field does as well.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
 */
export class ModuleList<T extends AnyModule = AnyModule> extends List<T> {}

/**
 * Parameters in a list.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.ParameterList.html
 */
export class ParameterList extends List<Parameter> {
  protected override describe(): string {
    return `${this.length} parameters`;
  }
}
