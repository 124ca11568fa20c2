import { expressions as e, input, mapProgram } from '@gradus/backend';
import { map } from '../launch/index.ts';
import type { Tensor } from '../tensor.ts';
import { drawMany, uniform } from './distributions.ts';
import type { Generator } from './generator.ts';
import { type DrawMany, drawn, drawnLike } from './upload.ts';

/** Like x: 1 with the probabilities p, which broadcast, else 0. They are compared with uniform numbers on the device. */
export function trials(x: Tensor, p: Tensor, generator: Generator, order: 'row-major' | 'memory'): Tensor {
  const compute = p.dtype === 'float64' ? 'float64' : 'float32';
  const draw: DrawMany = (count) => drawMany(count, uniform(generator, compute));
  const chances = order === 'memory' ? drawnLike(x, compute, draw) : drawn(x.shape, x, compute, draw);
  const success = e.lt(input(0, compute), e.cast(input(1, p.dtype), compute));
  const result = map('bernoulli', mapProgram([compute, p.dtype], [], [e.cast(success, x.dtype)]), [chances, p]);
  chances.dispose();
  return result;
}
