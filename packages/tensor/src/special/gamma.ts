import { expressions as e } from '@gradus/backend';
import '@gradus/backend/special';
import { type Binary, binary, type Unary, unary } from '../ops/pointwise/define.ts';

const float = { compute: 'float' } as const;

/** log |gamma(x)|. */
export const lgamma: Unary = unary('lgamma', (x) => e.lgamma(x), float);
/** The logarithmic derivative of gamma. */
export const digamma: Unary = unary('digamma', (x) => e.digamma(x), float);
/** Hurwitz zeta: the sum of (k + b)^-a over k = 0, 1, ... */
export const zeta: Binary = binary('zeta', (a, b) => e.zeta(a, b), float);
