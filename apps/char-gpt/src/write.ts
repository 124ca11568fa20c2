import { ArgumentError, multinomial, noGrad, scope, type Tensor, tensor, topk } from '@gradus/gradus';
import type { Gpt } from './gpt.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface Style {
  readonly length: number;
  /** Below 1 the likely becomes likelier; 1 is what the model believes. */
  readonly temperature: number;
  /** Only so many of the likeliest characters are considered. */
  readonly topK: number;
}

/** Throws an ArgumentError for a prompt that a model can't go on from. */
export function encodePrompt(vocabulary: Vocabulary, prompt: string): number[] {
  if (prompt === '') throw new ArgumentError('a prompt needs at least one character');
  return [...vocabulary.encode(prompt)];
}

/** Goes on from a prompt, character by character. */
export async function* write(
  model: Gpt,
  vocabulary: Vocabulary,
  prompt: string,
  { length, temperature, topK }: Style,
): AsyncGenerator<string> {
  const text = encodePrompt(vocabulary, prompt);
  model.eval();
  for (let i = 0; i < length; i++) {
    const seen = text.slice(-model.context);
    const next = scope(() => noGrad(() => draw(model.forward(tensor([seen], { dtype: 'int32' })), temperature, topK)));
    const index = await next.item();
    next.dispose();
    text.push(index);
    yield vocabulary.decode(index);
  }
}

/** One of the `topK` characters that are likeliest to come after the last one; logits [1, time, vocabulary]. */
function draw(logits: Tensor, temperature: number, topK: number): Tensor {
  const last = logits.select(1, -1).div(temperature);
  const { values, indices } = topk(last, Math.min(topK, last.size));
  return indices.gather(1, multinomial(values.softmax(-1), 1));
}
