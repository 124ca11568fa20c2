import { type ScalarOpName, scalarOps } from '@gradus/backend';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '@gradus/storage';

/** Whether this JavaScript engine may compile text: not under a strict content security policy, for example. */
export function canCompile(): boolean {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
}

const conversions: Readonly<Record<string, unknown>> = { fromFloat16, fromBfloat16, toFloat16, toBfloat16 };

/** A function from the text of its parameters and body, which may call `calls` of the scalar operations by name. */
export function compile(parameters: readonly string[], body: string, calls: Iterable<ScalarOpName>): unknown {
  const names = [...new Set(calls)];
  const make = new Function(
    ...Object.keys(conversions),
    ...names,
    `'use strict';\nreturn (${parameters.join(', ')}) => {\n${body}\n};`,
  );
  return make(...Object.values(conversions), ...names.map((name) => scalarOps[name].evaluate));
}
