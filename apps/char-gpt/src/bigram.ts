/**
 * The perplexity on a text of a model that knows for every character how often each other one followed it in the training
 * text (counts start from 1): what a network has to beat that sees more than one character.
 */
export function bigramPerplexity(training: Int32Array, text: Int32Array, vocabularySize: number): number {
  const counts = new Float64Array(vocabularySize ** 2).fill(1);
  const totals = new Float64Array(vocabularySize).fill(vocabularySize);
  forEachPair(training, (first, second) => {
    counts[first * vocabularySize + second]!++;
    totals[first]!++;
  });
  let sum = 0;
  forEachPair(text, (first, second) => {
    sum -= Math.log(counts[first * vocabularySize + second]! / totals[first]!);
  });
  return Math.exp(sum / (text.length - 1));
}

function forEachPair(text: Int32Array, body: (first: number, second: number) => void): void {
  for (let i = 1; i < text.length; i++) body(text[i - 1] as number, text[i] as number);
}
