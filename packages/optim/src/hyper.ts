import { type Expression, expressions as e } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';

/** A hyperparameter: a number, or a 0-d tensor whose value may change without anything being compiled anew. */
export type Hyper = number | Tensor;

/** What is made of hyperparameters before any element is looked at: a number, or, of tensors, a part of the kernel. */
export type Term = Hyper | Formula;

interface Formula {
  readonly rule: Rule;
  readonly a: Term;
  readonly b: Term;
}

type Rule = (a: Expression, b: Expression) => Expression;

type Arithmetic = (a: Term, b: Term) => Term;

// Arithmetic in float64 on the host where all is numbers, and else in the kernel. (Marked as pure, so that programs leave out what they don't use.)
export const add: Arithmetic = /* @__PURE__ */ lifted((a, b) => a + b, e.add);
export const sub: Arithmetic = /* @__PURE__ */ lifted((a, b) => a - b, e.sub);
export const mul: Arithmetic = /* @__PURE__ */ lifted((a, b) => a * b, e.mul);
export const div: Arithmetic = /* @__PURE__ */ lifted((a, b) => a / b, e.div);
export const pow: Arithmetic = /* @__PURE__ */ lifted((a, b) => a ** b, e.pow);
export const min: Arithmetic = /* @__PURE__ */ lifted(Math.min, e.min);

export function sqrt(x: Term): Term {
  return typeof x === 'number' ? Math.sqrt(x) : { rule: e.sqrt, a: x, b: 0 };
}

function lifted(host: (a: number, b: number) => number, rule: Rule): Arithmetic {
  return (a, b) => (typeof a === 'number' && typeof b === 'number' ? host(a, b) : { rule, a, b });
}
