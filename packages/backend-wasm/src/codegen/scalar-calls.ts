import type { OpNode } from '@gradus/backend';
import { type Code, f64x2 } from '../assembler/index.ts';
import { converted } from './convert.ts';
import type { Emitter } from './emitter.ts';
import { held, LANES, type Value } from './value.ts';

/** An operation that has no vector code: each lane through the JavaScript function that defines it. */
export function byLanes(emitter: Emitter, node: OpNode, operands: readonly Value[]): Value {
  const doubles = operands.map((operand, k) =>
    held(emitter, converted(emitter, operand, (node.operands[k] as { dtype: OpNode['dtype'] }).dtype, 'float64')),
  );
  return converted(emitter, doublesByLanes(emitter, node, doubles), 'float64', node.dtype);
}

/** The same on operands in float64, whose result stays in it. */
export function doublesByLanes(emitter: Emitter, node: OpNode, doubles: readonly Value[]): Value {
  const { fn } = emitter;
  const results = Array.from({ length: LANES }, (_, lane) =>
    fn.let(
      emitter.callScalar(
        node,
        doubles.map(({ parts }) => f64x2.extract(parts[lane >> 1] as Code, lane & 1)),
      ),
      'f64',
    ),
  );
  const [a, b, c, d] = results as [Code, Code, Code, Code];
  return { kind: 'f64', parts: [f64x2.replace(f64x2.splat(a), 1, b), f64x2.replace(f64x2.splat(c), 1, d)] };
}
