import { expressions as e } from '@gradus/backend';
import '@gradus/backend/special';
import { type Unary, unary } from '../ops/pointwise/define.ts';

const float = { compute: 'float' } as const;

/** The inverse of the error function, on (-1, 1). */
export const erfinv: Unary = unary('erfinv', (x) => e.erfinv(x), float);
/** The inverse of the normal distribution function. */
export const ndtri: Unary = unary('ndtri', (x) => e.mul(e.erfinv(e.sub(e.mul(x, 2), 1)), Math.SQRT2), float);
