import { fromValues, type Tensor } from '@gradus/gradus';

/** Before a name begins, and after it has ended. */
const EDGE = 0;

/** What stands in targets where a name is over: `crossEntropy` leaves it out. */
const NOTHING = -100;

/** Names as inputs [names, time] and, for every place, the letter that follows; as long as the longest name and its end. */
export interface EncodedNames {
  readonly inputs: Tensor;
  readonly targets: Tensor;
}

/** The letters of names, numbered from 1. */
export class Alphabet {
  readonly letters: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;
  /** Letters of the longest name. */
  readonly longest: number;

  constructor(names: readonly string[]) {
    this.letters = [...new Set(names.join(''))].sort();
    this.#indices = new Map(this.letters.map((letter, i) => [letter, i + 1]));
    this.longest = Math.max(...names.map((name) => name.length));
  }

  /** Letters, and the edge. */
  get size(): number {
    return this.letters.length + 1;
  }

  encode(names: readonly string[]): EncodedNames {
    const time = this.longest + 1;
    const rows = names.map((name) => Array.from(name, (letter) => this.#indices.get(letter) as number));
    const filled = (of: (row: readonly number[]) => number[], filler: number): Tensor => {
      const values = rows.flatMap((row) => Array.from({ length: time }, (_, i) => of(row)[i] ?? filler));
      return fromValues(values, [names.length, time], { dtype: 'int32' });
    };
    return { inputs: filled((row) => [EDGE, ...row], EDGE), targets: filled((row) => [...row, EDGE], NOTHING) };
  }

  /** The name that a row of letters spells, up to the edge. */
  decode(row: readonly number[]): string {
    const end = row.indexOf(EDGE);
    return row
      .slice(0, end === -1 ? row.length : end)
      .map((index) => this.letters[index - 1])
      .join('');
  }
}
