import { ArgumentError } from '@gradus/gradus';

/** The characters of a text, numbered in the order of their code points. */
export class Vocabulary {
  readonly characters: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;

  constructor(text: string) {
    this.characters = [...new Set(text)].sort();
    this.#indices = new Map(this.characters.map((character, i) => [character, i]));
  }

  get size(): number {
    return this.characters.length;
  }

  /** Throws an ArgumentError for a character that the vocabulary lacks. */
  encode(text: string): Int32Array {
    return Int32Array.from([...text], (character) => {
      const index = this.#indices.get(character);
      if (index === undefined) throw new ArgumentError(`the book has no character ${JSON.stringify(character)}`);
      return index;
    });
  }

  decode(index: number): string {
    return this.characters[index] as string;
  }
}
