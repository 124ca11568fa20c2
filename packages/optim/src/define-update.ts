import { type Expression, expressions as e, input, type MapProgram, mapProgram, uniform } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { updateInPlace } from '@gradus/tensor/launch';
import type { Term } from './hyper.ts';

/** Expressions by name. */
export type Symbols<Name extends string> = Readonly<Record<Name, Expression>>;

/** New values of some of the tensors, by name, from all tensors and numbers. */
type Rule<Name extends string, Num extends string> = (
  tensors: Symbols<Name>,
  numbers: Symbols<Num>,
) => Readonly<Partial<Record<Name, Expression>>>;

/** Applies an update to tensors of one dtype, which broadcast to the shape of those that are written. */
export type Update<Name extends string, Num extends string> = (
  tensors: Readonly<Record<Name, Tensor>>,
  numbers: Readonly<Record<Num, Term>>,
) => void;

/** An update as a kernel, and what it is launched on. */
interface Traced<Name extends string> {
  readonly program: MapProgram;
  readonly written: readonly Name[];
  readonly inputs: readonly Tensor[];
  readonly uniforms: readonly number[];
}

/** While set, updates leave everything as it is where this 0-d tensor is not 0. */
let skip: Tensor | null = null;

/** Runs `body`; where `flag` (0-d) is not 0 when the kernels run, the updates in it change nothing. */
export function skippedWhere(flag: Tensor, body: () => void): void {
  const outer = skip;
  skip = flag;
  try {
    body();
  } finally {
    skip = outer;
  }
}

/**
 * An optimizer's update rule as one multi-output kernel per dtype. Numbers travel with every launch as uniforms and tensors
 * as inputs, so a new learning rate or step count compiles nothing.
 */
export function defineUpdate<const Name extends string, const Num extends string>(
  names: readonly Name[],
  numberNames: readonly Num[],
  rule: Rule<Name, Num>,
): Update<Name, Num> {
  const compiled = new Map<DType, Traced<Name>>();
  return (tensors, numbers) => {
    const uniforms = numberNames.map((name) => numbers[name]);
    const { dtype } = tensors[names[0] as Name];
    const plain = skip === null && uniforms.every((value) => typeof value === 'number');
    let update = plain ? compiled.get(dtype) : undefined;
    if (update === undefined) {
      update = trace(names, numberNames, rule, tensors, numbers);
      // What is launched on is of this call, and only the kernel of the next ones too.
      if (plain) compiled.set(dtype, { ...update, inputs: [], uniforms: [] });
    }
    updateInPlace(
      update.program,
      plain ? names.map((name) => tensors[name]) : update.inputs,
      update.written.map((name) => tensors[name]),
      plain ? (uniforms as number[]) : update.uniforms,
    );
  };
}

function trace<Name extends string, Num extends string>(
  names: readonly Name[],
  numberNames: readonly Num[],
  rule: Rule<Name, Num>,
  tensors: Readonly<Record<Name, Tensor>>,
  numbers: Readonly<Record<Num, Term>>,
): Traced<Name> {
  const { dtype } = tensors[names[0] as Name];
  const inputs: Tensor[] = [];
  const uniforms: number[] = [];
  const read = (tensor: Tensor): Expression => {
    const known = inputs.indexOf(tensor);
    return e.cast(input(known < 0 ? inputs.push(tensor) - 1 : known, tensor.dtype), dtype);
  };
  const symbolOf = (value: Term): Expression => {
    if (typeof value === 'number') return uniform(uniforms.push(value) - 1, dtype);
    return 'rule' in value ? value.rule(symbolOf(value.a), symbolOf(value.b)) : read(value);
  };
  const symbols = record(names, (name) => read(tensors[name]));
  const results = rule(
    symbols,
    record(numberNames, (name) => symbolOf(numbers[name])),
  );
  const written = names.filter((name) => name in results);
  const outputs = written.map((name) => {
    const result = results[name] as Expression;
    return skip === null ? result : e.select(e.ne(read(skip), 0), symbols[name], result);
  });
  const program = mapProgram(
    inputs.map((tensor) => tensor.dtype),
    uniforms.map(() => dtype),
    outputs,
  );
  return { program, written, inputs, uniforms };
}

function record<Key extends string, T>(keys: readonly Key[], make: (key: Key) => T): Record<Key, T> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<Key, T>;
}
