import { type Movement, move } from '@gradus/storage';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { alias } from './allocate.ts';
import { copy } from './map.ts';
import { transform } from './transform.ts';

/** A view by a movement; a reshape that strides can't express copies first. */
export function view(x: Tensor, movement: Movement): Tensor {
  if (transform?.takes([x])) return transform.view(x, movement);
  const layout = move(x.layout, movement);
  if (layout === null) return view(copy('contiguous', x), movement);
  const output = alias(x, layout);
  output.source = { parent: x, movement };
  const inputs = [x];
  if (recorder?.wants(inputs)) recorder.record({ kind: 'view', movement, from: x.layout }, inputs, [output]);
  return output;
}
