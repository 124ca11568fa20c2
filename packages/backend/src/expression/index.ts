export * as expressions from './builder.ts';
export * from './evaluate.ts';
export * from './expression.ts';
export { printExpression } from './print.ts';
export * from './program.ts';
export * from './program-cache.ts';
export * from './scalar.ts';
export { substitute } from './substitute.ts';
export { withoutCoordinates } from './without-coordinates.ts';
