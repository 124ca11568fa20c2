import type { GradientTable } from './case.ts';
import { fourier } from './fourier.ts';
import { indexing } from './indexing.ts';
import { determinants, factors, norms, solutions } from './linalg.ts';
import { normalization, products, spatial } from './matrix.ts';
import { activations, drawing, pointwise } from './pointwise.ts';
import { order, reduction, scans } from './reduction.ts';
import { special } from './special.ts';
import { conversion, joining, movement } from './structure.ts';
import { vision } from './vision.ts';

/** Every table, by its name. */
export const tables: Readonly<Record<string, GradientTable>> = {
  activations,
  conversion,
  determinants,
  drawing,
  factors,
  fourier,
  indexing,
  joining,
  movement,
  normalization,
  norms,
  order,
  pointwise,
  products,
  reduction,
  scans,
  solutions,
  spatial,
  special,
  vision,
};
