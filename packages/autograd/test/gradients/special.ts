import * as t from '@gradus/tensor';
import * as specialOps from '@gradus/tensor/special';
import { check, type GradientCase, type GradientTable, of } from './case.ts';
import { elementwise, unary } from './pointwise.ts';

/** By x within and above [-1, 1]; the order is a whole number, without slope. */
function polynomial(op: specialOps.Polynomial, shift = 0): readonly GradientCase[] {
  const intervals = [
    [-0.9 + shift, 0.9],
    [1.2, 2],
  ] as const;
  return intervals.flatMap((interval) => [
    check((x) => op(x, 3), [of([2, 3], ...interval)]),
    check((x) => op(x, t.tensor([2, 0, 5], { dtype: 'float64' })), [of([2, 3], ...interval)]),
  ]);
}

/** The series, the continued fraction and the integral for a large first argument. */
function incompleteGamma(op: t.Binary): readonly GradientCase[] {
  return [
    check((a, x) => op(a, x), [of([2, 3], 2, 3), of([3], 0.5, 2)]),
    check((a, x) => op(a, x), [of([3], 0.5, 1.5), of([3], 3, 4)]),
    check((x) => op(120, x), [of([4], 100, 140)]),
  ];
}

/** Special functions of one variable, and orthogonal polynomials. */
export const special: GradientTable = {
  airyAi: [...unary(specialOps.airyAi, -9, -7.5), ...unary(specialOps.airyAi, -3, 3)],
  hermitePolynomialH: polynomial(specialOps.hermitePolynomialH),
  hermitePolynomialHe: polynomial(specialOps.hermitePolynomialHe),
  laguerrePolynomialL: polynomial(specialOps.laguerrePolynomialL),
  legendrePolynomialP: [
    ...polynomial(specialOps.legendrePolynomialP),
    check((x) => specialOps.legendrePolynomialP(x, 131), [of([2], -0.5, 0.5)]),
  ],
  igamma: incompleteGamma(specialOps.igamma),
  igammac: incompleteGamma(specialOps.igammac),
  erfcx: elementwise(specialOps.erfcx, -1, 3),
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
