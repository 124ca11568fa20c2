import { readFileSync } from 'node:fs';
import * as gradus from '@gradus/gradus';
import { Tensor } from '@gradus/gradus';
import { root } from '../packages.ts';

const text = readFileSync(`${root}docs/from-pytorch.md`, 'utf8');

/** A row of a table: the same in PyTorch and in Gradus. */
export interface Row {
  readonly python: string;
  readonly gradus: string;
}

/** What every row begins with, in either language. */
const [, pythonSetup = ''] = /```python\n([\s\S]*?)```/.exec(text) ?? [];
const [, gradusSetup = ''] = /```ts setup\n([\s\S]*?)```/.exec(text) ?? [];

/** The rows of all tables below the setup. */
export function rows(): readonly Row[] {
  const tables = text.slice(text.indexOf(gradusSetup));
  return [...tables.matchAll(/^\| `(.+)` \| `(.+)` \|$/gm)].map(([, python = '', gradus = '']) => ({ python, gradus }));
}

/** Numbers, or lists of them; null for anything else. */
export type Value = number | null | readonly Value[];

/** What the right side of a row gives, with every export of the umbrella at hand. */
export async function evaluate(row: Row): Promise<Value> {
  const names = Object.keys(gradus).filter((name) => name !== 'var'); // a word of the language, and no name
  const values = names.map((name) => Reflect.get(gradus, name));
  const AsyncFunction = Object.getPrototypeOf(evaluate).constructor;
  const run = new AsyncFunction(...names, `${gradusSetup}\nreturn (${row.gradus})`);
  return valueOf(await run(...values));
}

function valueOf(result: unknown): Value {
  if (result instanceof Tensor) return valueOf(result.detach().toArraySync());
  if (Array.isArray(result) || ArrayBuffer.isView(result)) return Array.from(result as ArrayLike<unknown>, valueOf);
  if (typeof result === 'number' || typeof result === 'boolean') return Number(result);
  return null;
}

/** A program in Python that prints what the left sides of rows give, as JSON. */
export function pythonProgram(all: readonly Row[]): string {
  return `import json, math, sys
def value(x):
    if isinstance(x, torch.Tensor): return value(x.detach().tolist())
    if isinstance(x, (list, tuple, torch.Size)): return [value(y) for y in x]
    if hasattr(x, 'tolist'): return value(x.tolist())
    return float(x) if isinstance(x, (int, float, bool)) else None
def run(row):
    scope = {}
    exec(setup, scope)
    try: return value(eval(row, scope))
    except SyntaxError: exec(row, scope)
    return value(scope['x']) # an assignment to x, or to a part of it
setup = ${JSON.stringify(pythonSetup)} + '\\nimport numpy as np, torch.utils.checkpoint'
exec(setup)
print(json.dumps([run(row) for row in ${JSON.stringify(all.map(({ python }) => python))}]))`;
}
