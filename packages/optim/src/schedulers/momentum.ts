import { ArgumentError } from '@gradus/storage';
import type { Hyper } from '../hyper.ts';
import type { Scheduled } from '../optimizer.ts';
import { withRate } from './rate.ts';

/** What stands for the momentum: an option of that name, or the first of the betas. */
interface MomentumOptions {
  momentum?: Hyper;
  betas?: readonly [Hyper, Hyper];
}

/** Throws unless every group has a momentum or betas. */
export function assertMomentum(name: string, { paramGroups }: Scheduled): void {
  for (const group of paramGroups) {
    if ('momentum' in group || 'betas' in group) continue;
    throw new ArgumentError(`${name}: the optimizer has no momentum to cycle; pass cycleMomentum: false`);
  }
}

export function setMomentum(group: Scheduled['paramGroups'][number], value: number): void {
  const options = group as MomentumOptions;
  if (options.betas === undefined) options.momentum = withRate(options.momentum, value);
  else options.betas = [withRate(options.betas[0], value), options.betas[1]];
}
