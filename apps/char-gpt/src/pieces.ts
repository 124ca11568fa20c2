import { arange, type BatchDataset, scope, type Tensor, tensor } from '@gradus/gradus';

/** Pieces of text [batch, context] and, for every character of them, the one that follows it. */
export interface TextBatch {
  readonly inputs: Tensor;
  readonly targets: Tensor;
}

/**
 * A text in pieces of `context` characters side by side, so that every character but the first is a target once. What is
 * left over at the end is left out.
 */
export class TextPieces implements BatchDataset<TextBatch> {
  readonly length: number;
  readonly #text: Tensor;
  readonly #context: number;

  constructor(text: Int32Array, context: number) {
    this.length = Math.floor((text.length - 1) / context);
    this.#text = tensor(text);
    this.#context = context;
  }

  batch(indices: Int32Array): TextBatch {
    const context = this.#context;
    return scope(() => {
      const starts = tensor(indices).mul(context).unsqueeze(1);
      const characters = this.#text.take(starts.add(arange(context + 1)));
      return { inputs: characters.narrow(1, 0, context), targets: characters.narrow(1, 1, context) };
    });
  }
}
