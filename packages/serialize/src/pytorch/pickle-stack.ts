import { FormatError } from '../format-error.ts';
import type { Loaded } from './records.ts';

/** What an unpickler works on: a stack with marks, and a memo of values that are used again. */
export class PickleStack {
  #values: Loaded[] = [];
  /** The stacks below each mark. */
  readonly #below: Loaded[][] = [];
  readonly #memo = new Map<number, Loaded>();

  get memoSize(): number {
    return this.#memo.size;
  }

  top(): Loaded {
    const top = this.#values.at(-1);
    if (top === undefined) throw new FormatError('pytorch: the pickle takes from an empty stack');
    return top;
  }

  push(value: Loaded): void {
    this.#values.push(value);
  }

  pop(): Loaded {
    const top = this.top();
    this.#values.pop();
    return top;
  }

  popMany(count: number): Loaded[] {
    if (this.#values.length < count) throw new FormatError('pytorch: the pickle takes from an empty stack');
    return this.#values.splice(-count);
  }

  mark(): void {
    this.#below.push(this.#values);
    this.#values = [];
  }

  /** Takes the last mark away, and what was pushed since. */
  popToMark(): Loaded[] {
    const values = this.#values;
    const below = this.#below.pop();
    if (below === undefined) throw new FormatError('pytorch: the pickle has no mark where it needs one');
    this.#values = below;
    return values;
  }

  /** Puts what is on top into the memo. */
  remember(index: number): void {
    this.#memo.set(index, this.top());
  }

  /** Pushes what is in the memo. */
  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new FormatError(`pytorch: the pickle has nothing to remember as ${index}`);
    this.push(value);
  }
}
