import { cat, linspace, noGrad, randn, scope, type Tensor } from '@gradus/gradus';
import { pixels } from './train.ts';
import type { Vae } from './vae.ts';

/** Images [rows, columns, 784] that belong side by side. */
export interface Picture {
  readonly name: string;
  readonly images: Tensor;
}

/** What there is to see of a model that was trained; `digits` are bytes [N, 1, 28, 28], at least 40 of them. */
export function pictures(model: Vae, digits: Tensor): readonly Picture[] {
  const images = pixels(digits);
  model.eval();
  return scope(() => noGrad(() => [samples(model), reconstructions(model, images), interpolations(model, images)]));
}

/** Digits that nobody wrote. */
function samples(model: Vae, rows = 10, columns = 10): Picture {
  const latent = randn([rows * columns, model.latent]);
  return { name: 'samples', images: model.decode(latent).reshape([rows, columns, -1]) };
}

/** Rows of digits, and below each what the decoder makes of its description. */
function reconstructions(model: Vae, images: Tensor, rows = 4, columns = 10): Picture {
  const originals = images.narrow(0, 0, rows * columns);
  const decoded = model.decode(model.encode(originals).mean);
  const pairs = [originals, decoded].map((part) => part.reshape([rows, 1, columns, -1]));
  return { name: 'reconstructions', images: cat(pairs, { dim: 1 }).flatten(0, 1) };
}

/** From one digit to another, along a straight line between their descriptions. */
function interpolations(model: Vae, images: Tensor, rows = 8, columns = 10): Picture {
  const { mean } = model.encode(images.narrow(0, 0, 2 * rows));
  const [from, to] = mean.unsqueeze(1).chunk(2) as [Tensor, Tensor];
  const along = linspace(0, 1, columns).reshape([1, columns, 1]);
  const latent = from.add(to.sub(from).mul(along));
  return { name: 'interpolations', images: model.decode(latent.flatten(0, 1)).reshape([rows, columns, -1]) };
}
