import * as launch from '@gradus/tensor/launch';
import { withBatch } from './level.ts';
import { type Rules, rule } from './rule.ts';

/** Ops that bring their own gradient rule; it works on the last axes, so it holds for all examples at once. */
export const custom: Pick<Rules, 'factorize' | 'withRule'> = {
  factorize: rule((level, name, algorithm, inputs, results, gradient) => {
    const all = results.map(([shape, dtype]) => [withBatch(level, shape), dtype] as const);
    const outputs = launch.factorize(
      name,
      algorithm,
      inputs.map((x) => level.all(x)),
      all,
      gradient,
    );
    return outputs.map((output) => level.wrap(output));
  }),

  withRule: rule((level, name, inputs, gradient, compute) => {
    // The rule is recorded for what is behind the results, which share their place in the graph.
    const physical = launch.withRule(
      name,
      inputs.map((x) => level.all(x)),
      gradient,
      () => compute().map((output) => launch.alias(level.all(output))),
    );
    return physical.map((output) => level.wrap(output));
  }),
};
