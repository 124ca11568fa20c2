// The meaning of the scalar operations that few programs use: erfinv, lgamma, digamma, zeta. Whoever builds expressions of
// them imports this module, so that no other program carries it.
import { provideSpecialOps } from '../expression/scalar.ts';
import { digamma, lgamma } from './gamma.ts';
import { erfinv } from './inverse-error-function.ts';
import { zeta } from './zeta.ts';

provideSpecialOps({ erfinv, lgamma, digamma, zeta });

export { digamma, erfinv, lgamma, zeta };
