import { initialValue, type ReduceProgram } from '@gradus/backend';
import { FOLD_WORKGROUP } from '../kernels/workgroups.ts';
import { type GroupFold, mergedBy, subgroupFold, treeFold } from './group-fold.ts';
import { wrap } from './scalar-source.ts';
import { literal, valueType } from './value-type.ts';

/** The index of nothing folded so far. */
const NONE = '0xffffffffu';

/** The code of a fold: its state is `value`, and `index` where the place of an extreme is wanted. bool is folded as u32. */
export class FoldSource {
  readonly type: 'f32' | 'i32' | 'u32';
  readonly tracksIndex: boolean;
  readonly #program: ReduceProgram;

  constructor(program: ReduceProgram, withIndices: boolean) {
    const type = valueType(program.body.dtype);
    this.#program = program;
    this.type = type === 'bool' ? 'u32' : type;
    this.tracksIndex = withIndices || program.fold.startsWith('arg');
  }

  get #isBlocked(): boolean {
    return this.#program.fold === 'sum' && this.type === 'f32';
  }

  /** The body's value as one that is folded. */
  fromBody(value: string): string {
    return this.#program.body.dtype === 'bool' ? `u32(${value})` : value;
  }

  declare(): string {
    return `  var value = ${this.#initial()};${this.tracksIndex ? `\n  var index = ${NONE};` : ''}`;
  }

  /** Between `openBlock` and `closeBlock` sums are kept apart from what was summed before. */
  openBlock(): string {
    return this.#isBlocked ? 'var block = 0.0;' : '';
  }

  closeBlock(): string {
    return this.#isBlocked ? 'value += block;' : '';
  }

  /** A statement that folds one element of the block, or another state. */
  take(value: string, index: string): string {
    if (this.#isBlocked) return `block += ${value};`;
    return this.#merge(value, index);
  }

  /** A statement that folds four elements of the block. */
  takeFour(values: readonly string[], index: string): string {
    const [a, b, c, d] = values;
    if (this.#isBlocked) return `block += (${a} + ${b}) + (${c} + ${d});`;
    return values.map((value, e) => this.#merge(value, `${index} + ${e}u`)).join(' ');
  }

  #merge(value: string, index: string): string {
    if (!this.tracksIndex) return `value = ${mergedBy(this.#groupFold, this.type)('value', value)};`;
    return `if (wins(${value}, ${index}, value, index)) { value = ${value}; index = ${index}; }`;
  }

  /** Folds the states of a workgroup's invocations; invocation 0 has the result. */
  acrossGroup(): string {
    return this.tracksIndex ? this.#acrossGroupWithIndices() : '  value = folded(value, local, local);';
  }

  #acrossGroupWithIndices(): string {
    return `  groupValues[local] = value;
  groupIndices[local] = index;
  workgroupBarrier();
  for (var distance = ${FOLD_WORKGROUP / 2}u; distance > 0u; distance = distance >> 1u) {
    if (local < distance) {
      let other = groupValues[local + distance];
      let otherIndex = groupIndices[local + distance];
      ${this.#merge('other', 'otherIndex')}
      groupValues[local] = value;
      groupIndices[local] = index;
    }
    workgroupBarrier();
  }`;
  }

  /** `byGroup`: whether a workgroup folds together, `subgroups`: whether by subgroup operations, where they can. */
  declarations(byGroup: boolean, subgroups: boolean): string {
    return `${byGroup ? this.#groupDeclarations(subgroups) : ''}\n${this.tracksIndex ? this.#wins() : ''}`;
  }

  #groupDeclarations(subgroups: boolean): string {
    if (this.tracksIndex)
      return `var<workgroup> groupValues: array<${this.type}, ${FOLD_WORKGROUP}>;
var<workgroup> groupIndices: array<u32, ${FOLD_WORKGROUP}>;`;
    const fold = this.#groupFold;
    if (subgroups) return subgroupFold('folded', this.type, fold, FOLD_WORKGROUP);
    const team = { workgroup: FOLD_WORKGROUP, lanes: FOLD_WORKGROUP, step: 1 };
    return treeFold('folded', this.type, mergedBy(fold, this.type), team);
  }

  /** What the fold gives, in the value type that `finish` expects. */
  result(): string {
    const { fold, body } = this.#program;
    if (fold.startsWith('arg')) return this.indexResult();
    return body.dtype === 'bool' ? '(value != 0u)' : wrap('value', body.dtype);
  }

  indexResult(): string {
    return `select(i32(index), 0, index == ${NONE})`;
  }

  #initial(): string {
    const { fold, body } = this.#program;
    return literal(initialValue(fold, body.dtype), this.type);
  }

  /** The fold of values without places; truth values have a sum and a product as numbers up to 1. */
  get #groupFold(): GroupFold {
    const { fold, body } = this.#program;
    if (body.dtype === 'bool') return fold === 'sum' || fold === 'max' ? 'max' : 'min';
    return fold as GroupFold;
  }

  /** Whether one state beats another: the first NaN does, then the extreme, then the first of equals. */
  #wins(): string {
    const symbol = this.#program.fold === 'max' || this.#program.fold === 'argmax' ? '>' : '<';
    const nan =
      this.type === 'f32'
        ? `
  if (isNan(a) || isNan(b)) {
    if (isNan(a) && isNan(b)) { return atA < atB; }
    return isNan(a);
  }`
        : '';
    return `fn wins(a: ${this.type}, atA: u32, b: ${this.type}, atB: u32) -> bool {
  if (atA == ${NONE} || atB == ${NONE}) { return atB == ${NONE}; }${nan}
  if (a == b) { return atA < atB; }
  return a ${symbol} b;
}`;
  }
}
