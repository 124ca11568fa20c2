export { type FuzzOptions, fuzzExpressions } from './fuzz/fuzz-expressions.ts';
