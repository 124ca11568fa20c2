import * as t from '@gradus/tensor';
import * as specialOps from '@gradus/tensor/special';
import { check, type GradientCase, type GradientTable, of } from './case.ts';
import { unary } from './pointwise.ts';

/** By x within and above [-1, 1]; the order is a whole number, without slope. */
function polynomial(op: t.Binary, shift = 0): readonly GradientCase[] {
  const intervals = [
    [-0.9 + shift, 0.9],
    [1.2, 2],
  ] as const;
  return intervals.flatMap((interval) => [
    check((x) => op(x, 3), [of([2, 3], ...interval)]),
    check((x) => op(x, t.tensor([2, 0, 5], { dtype: 'float64' })), [of([2, 3], ...interval)]),
  ]);
}

/** Special functions of one variable, and orthogonal polynomials. */
export const special: GradientTable = {
  erfcx: unary(specialOps.erfcx, -1, 3),
  sphericalBesselJ0: unary(specialOps.sphericalBesselJ0, -3, 3),
  besselJ0: unary(specialOps.besselJ0, -3, 3),
  besselJ1: unary(specialOps.besselJ1, -3, 3),
  besselY0: unary(specialOps.besselY0, 0.5, 3),
  besselY1: unary(specialOps.besselY1, 0.5, 3),
  modifiedBesselK0: unary(specialOps.modifiedBesselK0, 0.5, 3),
  modifiedBesselK1: unary(specialOps.modifiedBesselK1, 0.5, 3),
  scaledModifiedBesselK0: unary(specialOps.scaledModifiedBesselK0, 0.5, 3),
  scaledModifiedBesselK1: unary(specialOps.scaledModifiedBesselK1, 0.5, 3),
  chebyshevPolynomialT: polynomial(specialOps.chebyshevPolynomialT),
  chebyshevPolynomialU: polynomial(specialOps.chebyshevPolynomialU),
  chebyshevPolynomialV: polynomial(specialOps.chebyshevPolynomialV),
  chebyshevPolynomialW: polynomial(specialOps.chebyshevPolynomialW),
  // These are of 2x - 1.
  shiftedChebyshevPolynomialT: polynomial(specialOps.shiftedChebyshevPolynomialT, 1),
  shiftedChebyshevPolynomialU: polynomial(specialOps.shiftedChebyshevPolynomialU, 1),
  shiftedChebyshevPolynomialV: polynomial(specialOps.shiftedChebyshevPolynomialV, 1),
  shiftedChebyshevPolynomialW: polynomial(specialOps.shiftedChebyshevPolynomialW, 1),
};
