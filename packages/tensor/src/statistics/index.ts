// Order statistics, histograms, searching and finite differences.
export * from './covariance.ts';
export * from './difference.ts';
export * from './gradient.ts';
export * from './histogram.ts';
export * from './mode.ts';
export * from './quantile.ts';
export * from './searching.ts';
export * from './segments.ts';
export * from './trapezoid.ts';
export * from './unique.ts';
