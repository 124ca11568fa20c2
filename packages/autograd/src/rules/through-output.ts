import { type Expression, expressions as e } from '@gradus/backend';

/**
 * Gradients that are cheaper through the output y than through the input, by the op's name: only y is kept alive, which
 * the next layer holds anyway. (Those whose derivative contains y itself, as exp and tanh, need no entry.)
 */
export const throughOutput: Readonly<Record<string, (y: Expression, g: Expression) => Expression>> = {
  relu: (y, g) => e.select(e.le(y, 0), 0, g),
};
