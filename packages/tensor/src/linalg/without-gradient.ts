import { AutogradError } from '@gradus/storage';
import type { GradientRule } from '../operation.ts';

/** The rule of an op without a gradient: backward through it is an error that names what has one. */
export function withoutGradient(op: string, mend: string): GradientRule {
  return {
    saves: {},
    backward() {
      throw new AutogradError(`${op}: has no gradient; ${mend}`);
    },
  };
}

/** The rule where none is asked for: only launched while nothing is recorded, or for integers. */
export const noRule: GradientRule = { saves: {}, backward: () => [] };
