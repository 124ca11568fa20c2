import { polynomial } from './polynomial.ts';

// W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969).
export const errorFunctions: Readonly<Record<string, string>> = {
  erfNear: `
// For |x| <= 0.46875.
fn erfNear(x: f32) -> f32 {
  let z = x * x;
  return x * ${polynomial('z', [1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3])}
    / ${polynomial('z', [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3])};
}
`,
  erfcAbove: `
// erfc from 0.46875 on.
fn erfcAbove(x: f32) -> f32 {
  if (x > 10.1) { return 0.0; }
  // exp(-x^2) with x^2 split, so that the exponent's rounding error isn't multiplied by x^2.
  let head = trunc(x * 16.0) * 0.0625;
  let decay = exp32(-head * head) * exp32(-(x - head) * (x + head));
  if (x <= 4.0) {
    return decay * ${polynomial('x', [2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2, 8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3])}
      / ${polynomial('x', [1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3])};
  }
  let r = 1.0 / (x * x);
  let rest = r * ${polynomial('r', [1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4])}
    / ${polynomial('r', [1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124143191e-2, 2.33520497626869185e-3])};
  return decay * (0.564189584 - rest) / x;
}
`,
  erf32: `
fn erf32(x: f32) -> f32 {
  let a = abs(x);
  if (isNan(x)) { return x; }
  if (a <= 0.46875) { return erfNear(x); }
  return copySign(1.0 - erfcAbove(a), x);
}
`,
  erfc32: `
fn erfc32(x: f32) -> f32 {
  let a = abs(x);
  if (isNan(x)) { return x; }
  if (a <= 0.46875) { return 1.0 - erfNear(x); }
  return select(erfcAbove(a), 2.0 - erfcAbove(a), x < 0.0);
}
`,
  erfinv32: `
// M. Giles, "Approximating the erfinv function" (2012), in single precision.
fn erfinv32(x: f32) -> f32 {
  let a = abs(x);
  if (isNan(x) || a > 1.0) { return nan(); }
  if (a == 1.0) { return copySign(inf(), x); }
  let w = -select(log32((1.0 - a) * (1.0 + a)), log1p32(-a * a), a < 0.5);
  if (w < 5.0) {
    let v = w - 2.5;
    return x * ${polynomial('v', [2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941])};
  }
  let v = sqrt(w) - 3.0;
  return x * ${polynomial('v', [-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682])};
}
`,
};
