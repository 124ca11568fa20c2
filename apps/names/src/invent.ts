import { cat, type Module, multinomial, noGrad, scope, type Tensor, zeros } from '@gradus/gradus';
import type { Alphabet } from './alphabet.ts';

/** Names that are drawn at once. */
const BATCH = 64;

/** Makes up names that aren't among the known ones; fewer than `count` if a model knows hardly any others. */
export async function invent(
  model: Module,
  alphabet: Alphabet,
  known: ReadonlySet<string>,
  count: number,
): Promise<readonly string[]> {
  const invented = new Set<string>();
  model.eval();
  for (let attempt = 0; attempt < 10 && invented.size < count; attempt++) {
    const rows = scope(() => noGrad(() => draw(model, alphabet.longest)));
    for (const row of (await rows.toArray()) as number[][]) {
      const name = alphabet.decode(row);
      if (name !== '' && !known.has(name) && invented.size < count) invented.add(name);
    }
    rows.dispose();
  }
  return [...invented];
}

/** Letters [names, time], one after the other. */
function draw(model: Module, time: number): Tensor {
  let letters = zeros([BATCH, 1], { dtype: 'int32' });
  for (let i = 0; i < time; i++) {
    const likelihoods = model.forward(letters).select(1, -1).softmax(-1);
    letters = cat([letters, multinomial(likelihoods, 1)], { dim: 1 });
  }
  return letters.narrow(1, 1, time);
}
