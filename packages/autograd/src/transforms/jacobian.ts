import { ArgumentError } from '@gradus/storage';
import { fromValues, reshape, stack, type Tensor } from '@gradus/tensor';
import { vmap } from '../vmap/vmap.ts';
import type { Call } from './gradients.ts';
import { pull } from './gradients.ts';
import {
  assertNumber,
  callOn,
  type FunctionOf,
  jvp,
  type Like,
  listOf,
  type ProductOptions,
  recordedBy,
  type Tensors,
} from './products.ts';

export interface JacobianOptions extends ProductOptions {
  /** All rows at once, by vmap (the default), or one after another. */
  readonly vectorize?: boolean;
  /** Row by row from the outputs (the default), or column by column from the inputs. */
  readonly strategy?: 'reverse-mode' | 'forward-mode';
}

/** Per output, per input; without a list where there is one. */
export type Jacobian<Inputs extends Tensors, Outputs extends Tensors> = Outputs extends readonly Tensor[]
  ? readonly Like<Inputs>[]
  : Like<Inputs>;

/**
 * Every derivative of every output by every input: [...output shape, ...input shape].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.jacobian.html
 */
export function jacobian<Inputs extends Tensors, Outputs extends Tensors>(
  fn: FunctionOf<Inputs, Outputs>,
  inputs: Inputs,
  options: JacobianOptions = {},
): Jacobian<Inputs, Outputs> {
  const call = callOn('jacobian', fn, inputs, options);
  const outputs = listOf(call.outputs);
  const blocks =
    options.strategy === 'forward-mode'
      ? columns(fn as never, listOf(inputs), outputs, options)
      : outputs.map((y) => rows(call, y, options));
  const rowsOf = (block: readonly Tensor[]): Tensors => (Array.isArray(inputs) ? block : (block[0] as Tensor));
  const result = blocks.map(rowsOf);
  return (Array.isArray(call.outputs) ? result : result[0]) as Jacobian<Inputs, Outputs>;
}

/**
 * The second derivatives of a function of one number's value: per pair of inputs [...first's shape, ...second's shape].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.hessian.html
 */
export function hessian<Inputs extends Tensors>(
  fn: FunctionOf<Inputs, Tensor>,
  inputs: Inputs,
  options: JacobianOptions = {},
): Jacobian<Inputs, Like<Inputs>> {
  const slopes = (...xs: readonly Tensor[]): Tensors => {
    const call = callOn('hessian', fn as (...given: readonly Tensor[]) => Tensor, xs, options);
    assertNumber('hessian', call.outputs);
    const gradients = pull(call, [call.outputs], [], { createGraph: true });
    return Array.isArray(inputs) ? gradients : (gradients[0] as Tensor);
  };
  return jacobian(slopes as never, inputs, { ...options, strict: false });
}

/** By reverse mode: one pass per element of an output. */
function rows(call: Call<unknown>, y: Tensor, options: JacobianOptions): readonly Tensor[] {
  const { vectorize = true } = options;
  const { createGraph } = recordedBy(call, options);
  const row = (g: Tensor): readonly Tensor[] => pull(call, [y], [g], { createGraph, retainGraph: true });
  const basis = unitVectors(y);
  const all = vectorize ? vmap(row)(basis) : stacked(basis, row);
  return all.map((g, i) => reshape(g, [...y.shape, ...(call.primals[i] as Tensor).shape]));
}

/** By forward mode: one pass per element of an input. */
function columns(
  fn: (...xs: readonly Tensor[]) => Tensors,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  options: JacobianOptions,
): readonly (readonly Tensor[])[] {
  const { vectorize = true } = options;
  const perInput = inputs.map((x, i) => {
    const column = (direction: Tensor): readonly Tensor[] => {
      const only = (own: Tensor): Tensors => fn(...inputs.with(i, own));
      return listOf(jvp<Tensor, Tensors>(only, x, direction, options).tangents);
    };
    const basis = unitVectors(x);
    const all = vectorize ? vmap(column, { outDims: -1 })(basis) : stacked(basis, column, -1);
    return all.map((t, o) => reshape(t, [...(outputs[o] as Tensor).shape, ...x.shape]));
  });
  return outputs.map((_, o) => perInput.map((list) => list[o] as Tensor));
}

function stacked(basis: Tensor, each: (direction: Tensor) => readonly Tensor[], dim = 0): readonly Tensor[] {
  const lists = basis.unbind().map(each);
  const [first] = lists;
  if (first === undefined) throw new ArgumentError('jacobian: a tensor without elements has no rows; use vectorize');
  return first.map((_, i) =>
    stack(
      lists.map((list) => list[i] as Tensor),
      { dim },
    ),
  );
}

/** [size, ...shape]: 1 at one element each. */
function unitVectors({ size, shape, dtype, backend }: Tensor): Tensor {
  const values = new Float64Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = 1;
  return fromValues(values, [size, ...shape], { dtype, backend });
}
