import { coordinate, type Expression, expressions as e, input, mapProgram, uniform } from '@gradus/backend';
import {
  ArgumentError,
  assertShape,
  type DType,
  encode,
  flatten,
  type HostData,
  isFloat,
  isIntegral,
  numberType,
  type Shape,
  ShapeError,
  sizeOf,
} from '@gradus/storage';
import { allocate, filled, generate, map } from './launch/index.ts';
import { type BackendRef, resolveBackend } from './memory.ts';
import type { Tensor } from './tensor.ts';

/** Options of every function that makes a tensor. */
export interface TensorOptions {
  /** Default float32, except where values say otherwise. */
  readonly dtype?: DType;
  /** Default: the backend in use. */
  readonly backend?: BackendRef;
  readonly requiresGrad?: boolean;
}

/** A tensor of given numbers: nested arrays (float32; bool for booleans) or a typed array (its dtype, one axis). */
export function tensor(data: HostData, options: TensorOptions = {}): Tensor {
  const flat = flatten('tensor', data);
  return fromValues(flat.values, flat.shape, { ...options, dtype: options.dtype ?? flat.dtype });
}

/** A tensor of row-major values and a shape. */
export function fromValues(values: ArrayLike<number | boolean>, shape: Shape, options: TensorOptions = {}): Tensor {
  assertShape('tensor', shape);
  if (values.length !== sizeOf(shape)) {
    throw new ShapeError(
      `tensor: ${values.length} values for shape [${shape.join(', ')}] of ${sizeOf(shape)} elements`,
    );
  }
  const result = allocate(resolveBackend(options.backend), shape, dtypeOf(options));
  const encoded = encode(values, result.dtype);
  if (result.size > 0) {
    result.backend.upload(
      result.storage.handle,
      0,
      new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength),
    );
  }
  return finish(result, options);
}

/** Content undefined. */
export function empty(shape: Shape, options: TensorOptions = {}): Tensor {
  assertShape('empty', shape);
  return finish(allocate(resolveBackend(options.backend), shape, dtypeOf(options)), options);
}

export function full(shape: Shape, value: number | boolean, options: TensorOptions = {}): Tensor {
  assertShape('full', shape);
  const dtype = options.dtype ?? numberType(value);
  return finish(filled(resolveBackend(options.backend), shape, dtype, Number(value)), options);
}

export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  return full(shape, 0, { ...options, dtype: dtypeOf(options) });
}

export function ones(shape: Shape, options: TensorOptions = {}): Tensor {
  return full(shape, 1, { ...options, dtype: dtypeOf(options) });
}

/** 0-d. */
export function scalar(value: number | boolean, options: TensorOptions = {}): Tensor {
  return full([], value, { ...options, dtype: dtypeOf(options) });
}

export function zerosLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return zeros(x.shape, like(x, options));
}

export function onesLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return ones(x.shape, like(x, options));
}

export function fullLike(x: Tensor, value: number | boolean, options: TensorOptions = {}): Tensor {
  return full(x.shape, value, like(x, options));
}

export function emptyLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return empty(x.shape, like(x, options));
}

/** start, start + step, ... up to before end; `arange(end)` starts at 0. int32 where all three are integers. */
export function arange(start: number, end?: number, step = 1, options: TensorOptions = {}): Tensor {
  const [from, to] = end === undefined ? [0, start] : [start, end];
  if (step === 0 || !Number.isFinite(from) || !Number.isFinite(to)) {
    throw new ArgumentError(`arange: bounds must be finite and step not 0, got ${from}, ${to}, ${step}`);
  }
  if ((to - from) / step < 0)
    throw new ArgumentError(`arange: ${to} can't be reached from ${from} in steps of ${step}`);
  const integral = [from, to, step].every(Number.isInteger);
  const dtype = options.dtype ?? (integral ? 'int32' : 'float32');
  const compute = isIntegral(dtype) ? 'int32' : dtype;
  const value = e.add(uniform(0, compute), e.mul(uniform(1, compute), e.cast(coordinate(0), compute)));
  const program = mapProgram([], [compute, compute], [e.cast(value, dtype)]);
  const count = Math.max(Math.ceil((to - from) / step), 0);
  return finish(generate(resolveBackend(options.backend), program, [count], [from, step]), options);
}

/** `steps` evenly spaced numbers from start to end, both included; for an integer dtype both are truncated first. */
export function linspace(start: number, end: number, steps: number, options: TensorOptions = {}): Tensor {
  assertShape('linspace', [steps]);
  const dtype = dtypeOf(options);
  const [from, to] = bounds(dtype, start, end);
  const spacing = steps > 1 ? (to - from) / (steps - 1) : 0;
  const compute = isIntegral(dtype) ? 'float64' : dtype;
  const uniforms = [from, to, spacing, steps];
  const program = mapProgram(
    [],
    uniforms.map(() => compute),
    [e.cast(linspaceValue(compute), dtype)],
  );
  return finish(generate(resolveBackend(options.backend), program, [steps], uniforms), { ...options, dtype });
}

/** The second half is counted from the end, so that the end itself is exact. */
function linspaceValue(dtype: DType): Expression {
  const i = e.cast(coordinate(0), dtype);
  const [start, end] = [uniform(0, dtype), uniform(1, dtype)];
  const [spacing, steps] = [uniform(2, dtype), uniform(3, dtype)];
  const fromStart = e.add(start, e.mul(spacing, i));
  const fromEnd = e.sub(end, e.mul(spacing, e.sub(e.sub(steps, i), 1)));
  return e.select(e.lt(e.mul(i, 2), e.max(e.sub(steps, 1), 1)), fromStart, fromEnd);
}

function bounds(dtype: DType, start: number, end: number): readonly [number, number] {
  return isFloat(dtype) ? [start, end] : [Math.trunc(start), Math.trunc(end)];
}

/** `base` to the powers of a linspace; for an integer dtype start and end are truncated first. */
export function logspace(start: number, end: number, steps: number, base = 10, options: TensorOptions = {}): Tensor {
  const dtype = dtypeOf(options);
  const exponents = linspace(...bounds(dtype, start, end), steps, {
    ...options,
    dtype: isFloat(dtype) ? dtype : 'float64',
    requiresGrad: false,
  });
  const { dtype: compute } = exponents;
  const program = mapProgram([compute], [compute], [e.cast(e.pow(uniform(0, compute), input(0, compute)), dtype)]);
  const result = map('logspace', program, [exponents], [base]);
  exponents.dispose();
  return finish(result, options);
}

/** The identity matrix, [rows, columns]. */
export function eye(rows: number, columns: number = rows, options: TensorOptions = {}): Tensor {
  assertShape('eye', [rows, columns]);
  const dtype = dtypeOf(options);
  const program = mapProgram([], [], [e.cast(e.eq(coordinate(0), coordinate(1)), dtype)]);
  return finish(generate(resolveBackend(options.backend), program, [rows, columns], []), options);
}

/** The options of a tensor made after the model of another one. */
function like(x: Tensor, options: TensorOptions): TensorOptions {
  return { dtype: x.dtype, backend: x.backend, ...options };
}

function dtypeOf(options: TensorOptions): DType {
  return options.dtype ?? 'float32';
}

function finish(x: Tensor, options: TensorOptions): Tensor {
  return options.requiresGrad === true ? x.setRequiresGrad() : x;
}
