import { bits } from './bits.ts';
import { errorFunctions } from './error-function.ts';
import { exponential } from './exponential.ts';
import { gamma } from './gamma.ts';
import { half } from './half.ts';
import { hyperbolic } from './hyperbolic.ts';
import { integer } from './integer.ts';
import { logAddExp } from './log-add-exp.ts';
import { logarithm } from './logarithm.ts';
import { packed } from './packed.ts';
import { power } from './power.ts';
import { quarters } from './quarters.ts';
import { remainder } from './remainder.ts';
import { trigonometric } from './trigonometric.ts';

/**
 * Functions in WGSL, by name. Its own exp or sin may be thousands of units in the last place off, and a compiler may assume
 * that there is no NaN and no infinity: these are right to a few units, and test for NaN by its bits.
 */
const library: Readonly<Record<string, string>> = {
  ...bits,
  ...half,
  ...packed,
  ...integer,
  ...exponential,
  ...logarithm,
  ...logAddExp,
  ...quarters,
  ...trigonometric,
  ...hyperbolic,
  ...power,
  ...remainder,
  ...errorFunctions,
  ...gamma,
};

/** The functions that a piece of code calls, and those that they call, before it. */
export function functionsFor(code: string): string {
  const found = new Set<string>();
  const visit = (text: string): void => {
    for (const [, name] of text.matchAll(/\b(\w+)\(/g)) {
      const definition = Object.hasOwn(library, name as string) ? library[name as string] : undefined;
      if (definition === undefined || found.has(definition)) continue;
      found.add(definition);
      visit(definition);
    }
  };
  visit(code);
  return [...found].join('');
}
