import { initialValue, type ReduceProgram, type ScalarOpName, topologicalOrder } from '@gradus/backend';
import { type DType, isFloat } from '@gradus/storage';
import type { ReduceLoop } from '../reduce.ts';
import { compile } from './compile.ts';
import { type ElementSource, elementSource } from './element-source.ts';
import { uniformSource } from './map-source.ts';
import { literal, loadSource, storeSource, wrapSource } from './scalar-source.ts';

/** inner: one result after the other; outer: a line of results at once, for inputs whose results are neighbours. */
export type ReduceForm = 'inner' | 'outer';

const PARAMETERS = 'data offsets keptStrides strides runs uniforms kept rows depth'.split(' ');

/** Elements summed before the partial sum joins the total, so that rounding errors grow with blocks, not elements. */
const BLOCK = 512;

/** Results folded at once in the outer form: their accumulators stay in the first-level cache. */
const CHUNK = 1024;

/** Bodies up to this many nodes are written four times, with four accumulators. */
const MAX_UNROLLED = 12;

/** A program as a function; `unit` says which inputs are walked with stride 1 by the innermost loop. */
export function compileReduce(
  program: ReduceProgram,
  form: ReduceForm,
  unit: readonly boolean[],
  withIndices: boolean,
): ReduceLoop {
  const writer = new ReduceWriter(program, unit, withIndices);
  const body = form === 'inner' ? writer.inner() : writer.outer();
  return compile(PARAMETERS, body.join('\n'), writer.calls) as ReduceLoop;
}

class ReduceWriter {
  readonly #program: ReduceProgram;
  readonly #unit: readonly boolean[];
  readonly #withIndices: boolean;
  readonly #body: ElementSource;
  readonly #finish: ElementSource;

  constructor(program: ReduceProgram, unit: readonly boolean[], withIndices: boolean) {
    this.#program = program;
    this.#unit = unit;
    this.#withIndices = withIndices;
    this.#body = elementSource([program.body], { input: (index) => `x${index}`, inputLevel: () => 2 });
    this.#finish = elementSource([program.finish], { input: () => 'folded', inputLevel: () => 2 }, 'f');
  }

  get calls(): readonly ScalarOpName[] {
    return [...this.#body.calls, ...this.#finish.calls];
  }

  inner(): string[] {
    return [
      ...this.#prologue(),
      'for (let k = 0; k < kept; k++) {',
      `let best = ${this.#initial()}; let bestAt = 0; let at = 0;`,
      'for (let row = 0; row < rows; row++) {',
      ...this.#eachInput((k) => `const p${k} = r${k} + runs[row * ${this.#unit.length} + ${k}];`),
      ...(this.#isFloatSum() ? this.#blockedSum() : this.#plainFold()),
      '}',
      ...this.#store('best', 'bestAt'),
      ...this.#eachOperand((k) => `r${k} += q${k};`),
      '}',
    ];
  }

  outer(): string[] {
    const indexed = this.#needsIndex();
    return [
      ...this.#prologue(),
      `const accumulators = new Float64Array(Math.min(kept, ${CHUNK}));`,
      ...(indexed ? [`const places = new Int32Array(accumulators.length);`] : []),
      `for (let from = 0; from < kept; from += ${CHUNK}) {`,
      `const count = Math.min(${CHUNK}, kept - from);`,
      `accumulators.fill(${this.#initial()});`,
      ...(indexed ? ['places.fill(0); let at = 0;'] : []),
      'for (let row = 0; row < rows; row++) {',
      'for (let j = 0; j < depth; j++) {',
      ...this.#eachInput((k) => `const p${k} = r${k} + runs[row * ${this.#unit.length} + ${k}] + j * s${k};`),
      'for (let k = 0; k < count; k++) {',
      ...this.#value((k) => (this.#unit[k] ? `p${k} + k` : `p${k} + k * q${k}`)),
      'let best = accumulators[k];',
      ...(indexed ? ['let bestAt = places[k];'] : []),
      this.#step('best', 'v'),
      'accumulators[k] = best;',
      ...(indexed ? ['places[k] = bestAt;'] : []),
      '}',
      ...(indexed ? ['at++;'] : []),
      '}',
      '}',
      'for (let k = 0; k < count; k++) {',
      ...this.#store('accumulators[k]', 'places[k]'),
      ...this.#eachOperand((k) => `r${k} += q${k};`),
      '}',
      '}',
    ];
  }

  #prologue(): string[] {
    return [
      ...this.#eachOperand(
        (k) => `const d${k} = data[${k}]; let r${k} = offsets[${k}]; const q${k} = keptStrides[${k}];`,
      ),
      ...this.#eachInput((k) => `const s${k} = strides[${k}];`),
      ...uniformSource(this.#program.uniforms),
      ...this.#body.statements[0],
      ...this.#finish.statements[0],
    ];
  }

  #plainFold(): string[] {
    return [
      'for (let j = 0; j < depth; j++) {',
      ...this.#value((k) => this.#along(k, 'j')),
      this.#step('best', 'v'),
      ...(this.#needsIndex() ? ['at++;'] : []),
      '}',
    ];
  }

  #blockedSum(): string[] {
    const lanes = topologicalOrder([this.#program.body]).length <= MAX_UNROLLED ? 4 : 1;
    const lane = (n: number): string[] => [
      '{',
      ...this.#value((k) => this.#along(k, n === 0 ? 'j' : `(j + ${n})`)),
      `sum${n} += v;`,
      '}',
    ];
    const numbers = Array.from({ length: lanes }, (_, n) => n);
    return [
      `for (let from = 0; from < depth; from += ${BLOCK}) {`,
      `const to = Math.min(from + ${BLOCK}, depth);`,
      `let ${numbers.map((n) => `sum${n} = 0`).join(', ')}; let j = from;`,
      ...(lanes > 1 ? [`for (; j + ${lanes - 1} < to; j += ${lanes}) {`, ...numbers.flatMap(lane), '}'] : []),
      'for (; j < to; j++)',
      ...lane(0),
      `best += ${numbers.map((n) => `sum${n}`).join(' + ')};`,
      '}',
    ];
  }

  /** Declares `v`, the body's value where input k's element is at `place(k)`. */
  #value(place: (k: number) => string): string[] {
    return [
      ...this.#eachInput((k) => `const x${k} = ${loadSource(`d${k}[${place(k)}]`, this.#program.inputs[k] as DType)};`),
      ...this.#body.statements[2],
      `const v = ${this.#body.values[0]};`,
    ];
  }

  #along(k: number, step: string): string {
    return this.#unit[k] ? `p${k} + ${step}` : `p${k} + ${step} * s${k}`;
  }

  #step(best: string, value: string): string {
    const { fold, body } = this.#program;
    const wrap = (text: string): string => (isFloat(body.dtype) ? text : wrapSource(`(${text})`, body.dtype));
    if (fold === 'sum') return `${best} = ${wrap(`${best} + ${value}`)};`;
    if (fold === 'prod') {
      return `${best} = ${isFloat(body.dtype) ? `${best} * ${value}` : wrap(`Math.imul(${best}, ${value})`)};`;
    }
    const isMax = fold === 'max' || fold === 'argmax';
    if (!this.#needsIndex()) return `${best} = Math.${isMax ? 'max' : 'min'}(${best}, ${value});`;
    const better = `${value} ${isMax ? '>' : '<'} ${best}`;
    // The first NaN wins and stays.
    const wins = isFloat(body.dtype) ? `${better} || (${value} !== ${value} && ${best} === ${best})` : better;
    return `if (${wins}) { ${best} = ${value}; bestAt = at; }`;
  }

  #store(best: string, bestAt: string): string[] {
    const inputs = this.#unit.length;
    const folded = this.#program.fold.startsWith('arg') ? bestAt : best;
    return [
      '{',
      `const folded = ${folded};`,
      ...this.#finish.statements[2],
      `d${inputs}[r${inputs}] = ${storeSource(this.#finish.values[0] as string, this.#program.finish.dtype)};`,
      ...(this.#withIndices ? [`d${inputs + 1}[r${inputs + 1}] = ${bestAt};`] : []),
      '}',
    ];
  }

  #initial(): string {
    return literal(initialValue(this.#program.fold, this.#program.body.dtype));
  }

  #isFloatSum(): boolean {
    return this.#program.fold === 'sum' && isFloat(this.#program.body.dtype);
  }

  #needsIndex(): boolean {
    return this.#withIndices || this.#program.fold.startsWith('arg');
  }

  #eachInput(line: (k: number) => string): string[] {
    return this.#unit.map((_, k) => line(k));
  }

  #eachOperand(line: (k: number) => string): string[] {
    const count = this.#unit.length + (this.#withIndices ? 2 : 1);
    return Array.from({ length: count }, (_, k) => line(k));
  }
}
