import { ArgumentError, AutogradError, formatShape, sameShape } from '@gradus/storage';
import { onesLike, type Tensor, zerosLike } from '@gradus/tensor';
import { alias } from '@gradus/tensor/launch';
import { type Call, called, pull } from './gradients.ts';

/** One tensor, or several as arguments of a function. */
export type Tensors = Tensor | readonly Tensor[];

/** A function of the inputs: of one tensor, or of as many arguments as the list has. */
export type FunctionOf<Inputs extends Tensors, Outputs> = Inputs extends readonly Tensor[]
  ? (...inputs: Inputs) => Outputs
  : (input: Inputs) => Outputs;

/** What has a tensor for each of the inputs: one where they are one. */
export type Like<Inputs extends Tensors> = Inputs extends readonly Tensor[] ? readonly Tensor[] : Tensor;

export interface ProductOptions {
  /** Keep the results in the graph, so that they can be differentiated. Default: where something outside requires grad. */
  readonly createGraph?: boolean;
  /** Throw where an output doesn't depend on an input, instead of giving zeros. */
  readonly strict?: boolean;
}

/**
 * The outputs, and v transposed times the Jacobian.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.vjp.html
 */
export function vjp<Inputs extends Tensors, Outputs extends Tensors>(
  fn: FunctionOf<Inputs, Outputs>,
  inputs: Inputs,
  v?: Like<Outputs>,
  options: ProductOptions = {},
): { readonly outputs: Outputs; readonly gradients: Like<Inputs> } {
  const call = callOn('vjp', fn, inputs, options);
  const given = directions('vjp', listOf(call.outputs), v);
  const gradients = pull(call, listOf(call.outputs), given, recordedBy(call, options));
  return { outputs: settled(call, call.outputs), gradients: inForm(inputs, gradients) };
}

/**
 * The outputs, and the Jacobian times v: by differentiating the vjp, which is linear in its v. (Townsend 2017.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.jvp.html
 */
export function jvp<Inputs extends Tensors, Outputs extends Tensors>(
  fn: FunctionOf<Inputs, Outputs>,
  inputs: Inputs,
  v?: Like<Inputs>,
  options: ProductOptions = {},
): { readonly outputs: Outputs; readonly tangents: Like<Outputs> } {
  const call = callOn('jvp', fn, inputs, options);
  const outputs = listOf(call.outputs);
  const tangents = directions('jvp', listOf(inputs), v);
  const weights = called(
    outputs.map((y) => zerosLike(y)),
    (given) => pull(call, outputs, given, { createGraph: true }),
  );
  const pushed = pull({ ...weights, nested: call.nested }, weights.outputs, tangents, recordedBy(call, options));
  return { outputs: settled(call, call.outputs), tangents: inForm(call.outputs, pushed) };
}

/**
 * The value of a function of one number's value, and the Hessian times v.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.hvp.html
 */
export function hvp<Inputs extends Tensors>(
  fn: FunctionOf<Inputs, Tensor>,
  inputs: Inputs,
  v?: Like<Inputs>,
  options: ProductOptions = {},
): { readonly output: Tensor; readonly product: Like<Inputs> } {
  return hessianProduct('hvp', fn, inputs, v, options);
}

/**
 * v transposed times the Hessian: the same as `hvp` where second derivatives are continuous, since the Hessian is
 * symmetric.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.functional.vhp.html
 */
export function vhp<Inputs extends Tensors>(
  fn: FunctionOf<Inputs, Tensor>,
  inputs: Inputs,
  v?: Like<Inputs>,
  options: ProductOptions = {},
): { readonly output: Tensor; readonly product: Like<Inputs> } {
  return hessianProduct('vhp', fn, inputs, v, options);
}

function hessianProduct<Inputs extends Tensors>(
  op: string,
  fn: FunctionOf<Inputs, Tensor>,
  inputs: Inputs,
  v: Like<Inputs> | undefined,
  options: ProductOptions,
): { readonly output: Tensor; readonly product: Like<Inputs> } {
  const call = callOn(op, fn, inputs, options);
  assertNumber(op, call.outputs);
  const given = directions(op, listOf(inputs), v);
  const slopes = pull(call, [call.outputs], [], { createGraph: true });
  const product = pull(call, slopes, given, recordedBy(call, options));
  return { output: settled(call, call.outputs), product: inForm(inputs, product) };
}

/** `fn` on primals, its outputs checked against `strict`. */
export function callOn<Inputs extends Tensors, Outputs extends Tensors>(
  op: string,
  fn: FunctionOf<Inputs, Outputs>,
  inputs: Inputs,
  { strict = false }: ProductOptions,
): Call<Outputs> {
  const call = called(listOf(inputs), (primals) => (fn as (...xs: readonly Tensor[]) => Outputs)(...primals));
  const idle = listOf(call.outputs).findIndex((y) => !y.requiresGrad);
  if (strict && idle >= 0) throw new AutogradError(`${op}: output ${idle} doesn't depend on any input (strict)`);
  return call;
}

export function assertNumber(op: string, y: Tensor): void {
  if (y.size !== 1)
    throw new AutogradError(`${op}: the function must give one number, got shape ${formatShape(y.shape)}`);
}

export function recordedBy(
  call: Call<unknown>,
  { createGraph = call.nested }: ProductOptions,
): { createGraph: boolean } {
  return { createGraph };
}

/** The outputs as the caller gets them: without the graph of the transform, unless somebody outside needs it. */
function settled<Outputs extends Tensors>({ nested }: Call<unknown>, outputs: Outputs): Outputs {
  if (nested) return outputs;
  return (Array.isArray(outputs) ? outputs.map((y) => alias(y)) : alias(outputs as Tensor)) as Outputs;
}

/** One direction per tensor, of its shape; 1 is the default for one element. */
function directions(op: string, tensors: readonly Tensor[], v: Tensors | undefined): readonly Tensor[] {
  const given = v === undefined ? [] : listOf(v);
  if (v !== undefined && given.length !== tensors.length) {
    throw new ArgumentError(`${op}: v has ${given.length} tensors, but ${tensors.length} are needed`);
  }
  return tensors.map((x, i) => {
    const direction = given[i];
    if (direction === undefined) {
      if (x.size === 1) return onesLike(x);
      throw new ArgumentError(`${op}: v is needed for a tensor of shape ${formatShape(x.shape)}`);
    }
    if (sameShape(direction.shape, x.shape)) return direction;
    throw new ArgumentError(
      `${op}: v has shape ${formatShape(direction.shape)}, but the tensor ${formatShape(x.shape)}`,
    );
  });
}

export function listOf(tensors: Tensors): readonly Tensor[] {
  return Array.isArray(tensors) ? tensors : [tensors as Tensor];
}

/** As many results as the model has tensors, alone where it is one. */
function inForm<Model extends Tensors>(model: Model, results: readonly Tensor[]): Like<Model> {
  return (Array.isArray(model) ? results : results[0]) as Like<Model>;
}
