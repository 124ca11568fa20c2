import { type Expression, topologicalOrder } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { expressionSource } from './expression-source.ts';
import { uniformSource } from './uniforms.ts';
import { valueType } from './value-type.ts';

/** Expressions of one element as a function in WGSL, so that a kernel can compute several elements. */
export class ElementFunction {
  readonly declaration: string;
  /** How many coordinates it takes. */
  readonly rank: number;
  readonly #reads: readonly number[];
  readonly #count: number;

  /** `rank`: that of the elements, where their coordinates are read; otherwise 0. */
  constructor(
    roots: readonly Expression[],
    { inputs, uniforms }: { readonly inputs: readonly DType[]; readonly uniforms: readonly DType[] },
    rank: number,
  ) {
    this.#reads = readInputs(roots);
    this.#count = roots.length;
    this.rank = rank;
    const { statements, values } = expressionSource(roots, {
      input: (k) => `x${k}`,
      uniform: uniformSource(uniforms),
      // A scalar has an axis 0 to whoever asks.
      coordinate: (axis) => (axis < rank ? `i32(c${axis})` : '0'),
    });
    const parameters = [
      ...this.#reads.map((k) => `x${k}: ${valueType(inputs[k] as DType)}`),
      ...range(rank).map((axis) => `c${axis}: u32`),
    ];
    const types = roots.map(({ dtype }) => valueType(dtype));
    const isAlone = roots.length === 1;
    this.declaration = `${isAlone ? '' : structOf(types)}
fn element(${parameters.join(', ')}) -> ${isAlone ? types[0] : 'Values'} {
${statements}
  return ${isAlone ? values[0] : `Values(${values.join(', ')})`};
}
`;
  }

  /** A call of it with the element's inputs, by number, and its coordinates, as u32. */
  call(inputs: readonly string[], coordinate: (axis: number) => string): string {
    return `element(${[...this.#reads.map((k) => inputs[k]), ...range(this.rank).map(coordinate)].join(', ')})`;
  }

  /** The value of an expression in what a call gave. */
  value(given: string, root = 0): string {
    return this.#count === 1 ? given : `${given}.y${root}`;
  }
}

function structOf(types: readonly string[]): string {
  return `struct Values { ${types.map((type, root) => `y${root}: ${type}`).join(', ')} }`;
}

function readInputs(roots: readonly Expression[]): readonly number[] {
  const indices = topologicalOrder(roots).flatMap((node) => (node.kind === 'input' ? [node.index] : []));
  return [...new Set(indices)].sort((a, b) => a - b);
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i);
}
