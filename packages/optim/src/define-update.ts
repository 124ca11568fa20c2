import { type Expression, input, type MapProgram, mapProgram, uniform } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { updateInPlace } from '@gradus/tensor/launch';

/** New values of some of the tensors, by name, from all tensors and numbers. */
type Rule<Name extends string, Num extends string> = (
  tensors: Readonly<Record<Name, Expression>>,
  numbers: Readonly<Record<Num, Expression>>,
) => Readonly<Partial<Record<Name, Expression>>>;

/** Applies an update to tensors of one shape and dtype. */
export type Update<Name extends string, Num extends string> = (
  tensors: Readonly<Record<Name, Tensor>>,
  numbers: Readonly<Record<Num, number>>,
) => void;

interface Compiled<Name extends string> {
  readonly program: MapProgram;
  readonly written: readonly Name[];
}

/**
 * An optimizer's update rule as one multi-output kernel per dtype. Numbers travel with every launch as uniforms, so a new
 * learning rate or step count compiles nothing.
 */
export function defineUpdate<const Name extends string, const Num extends string>(
  names: readonly Name[],
  numberNames: readonly Num[],
  rule: Rule<Name, Num>,
): Update<Name, Num> {
  const compiled = new Map<DType, Compiled<Name>>();
  return (tensors, numbers) => {
    const { dtype } = tensors[names[0] as Name];
    let update = compiled.get(dtype);
    if (update === undefined) {
      update = compile(names, numberNames, rule, dtype);
      compiled.set(dtype, update);
    }
    const inputs = names.map((name) => tensors[name]);
    const targets = update.written.map((name) => tensors[name]);
    updateInPlace(
      update.program,
      inputs,
      targets,
      numberNames.map((name) => numbers[name]),
    );
  };
}

function compile<Name extends string, Num extends string>(
  names: readonly Name[],
  numberNames: readonly Num[],
  rule: Rule<Name, Num>,
  dtype: DType,
): Compiled<Name> {
  const symbols = <Key extends string>(keys: readonly Key[], make: (index: number, dtype: DType) => Expression) =>
    Object.fromEntries(keys.map((key, i) => [key, make(i, dtype)])) as Record<Key, Expression>;
  const results = rule(symbols(names, input), symbols(numberNames, uniform));
  const written = names.filter((name) => name in results);
  const outputs = written.map((name) => results[name] as Expression);
  const program = mapProgram(
    names.map(() => dtype),
    numberNames.map(() => dtype),
    outputs,
  );
  return { program, written };
}
