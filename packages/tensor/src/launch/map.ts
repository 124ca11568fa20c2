import { type Backend, copyProgram, dispatch, fillProgram, type MapProgram } from '@gradus/backend';
import { broadcastShapes, type DType, type Shape, sameShape, type View } from '@gradus/storage';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { allocate, broadcastView, commonBackend } from './allocate.ts';
import { writeInPlace } from './in-place.ts';
import { transform } from './transform.ts';

const NO_UNIFORMS: readonly number[] = [];

/** One Map launch over inputs that broadcast together; `program` has one output. */
export function map(
  name: string,
  program: MapProgram,
  inputs: readonly Tensor[],
  uniforms: readonly number[] = NO_UNIFORMS,
): Tensor {
  if (transform?.takes(inputs)) return transform.map(name, program, inputs, uniforms);
  const backend = commonBackend(name, inputs);
  const output = allocate(backend, commonShape(name, inputs), (program.outputs[0] as { dtype: DType }).dtype);
  if (recorder?.wants(inputs)) recorder.record({ kind: 'map', name, program, uniforms }, inputs, [output]);
  if (output.size > 0) {
    const operands = spread(inputs, output.shape);
    dispatch(backend, { kind: 'map', program, inputs: operands, outputs: [output], uniforms });
  }
  return output;
}

/** A Map with several outputs, all of the inputs' common shape. */
export function mapMany(
  name: string,
  program: MapProgram,
  inputs: readonly Tensor[],
  uniforms: readonly number[] = NO_UNIFORMS,
): readonly Tensor[] {
  if (transform?.takes(inputs)) return transform.mapMany(name, program, inputs, uniforms);
  const backend = commonBackend(name, inputs);
  const shape = commonShape(name, inputs);
  const outputs = program.outputs.map(({ dtype }) => allocate(backend, shape, dtype));
  if (recorder?.wants(inputs)) recorder.record({ kind: 'map', name, program, uniforms }, inputs, outputs);
  const operands = spread(inputs, shape);
  if (outputs[0]?.size !== 0) dispatch(backend, { kind: 'map', program, inputs: operands, outputs, uniforms });
  return outputs;
}

/** A Map without inputs: fills, iota, anything made of coordinates and uniforms. */
export function generate(backend: Backend, program: MapProgram, shape: Shape, uniforms: readonly number[]): Tensor {
  const output = allocate(backend, shape, (program.outputs[0] as { dtype: DType }).dtype);
  if (output.size > 0) dispatch(backend, { kind: 'map', program, inputs: [], outputs: [output], uniforms });
  return output;
}

/** A Map that overwrites `target`; inputs broadcast to its shape and may include it. */
export function mapInPlace(
  name: string,
  program: MapProgram,
  inputs: readonly Tensor[],
  target: Tensor,
  uniforms: readonly number[] = NO_UNIFORMS,
): Tensor {
  if (transform?.takes([target, ...inputs])) return transform.mapInPlace(name, program, inputs, target, uniforms);
  return writeInPlace(name, { kind: 'map', name, program, uniforms }, inputs, target, (operands) => ({
    kind: 'map',
    program,
    inputs: spread(operands, target.shape),
    outputs: [target],
    uniforms,
  }));
}

/** Overwrites several tensors at once, outside of any graph: an optimizer's update. All have one shape. */
export function updateInPlace(
  program: MapProgram,
  inputs: readonly Tensor[],
  targets: readonly Tensor[],
  uniforms: readonly number[],
): void {
  if (transform?.takes([...targets, ...inputs])) return transform.updateInPlace(program, inputs, targets, uniforms);
  const backend = commonBackend('update', [...inputs, ...targets]);
  for (const target of targets) target.storage.version++;
  if ((targets[0] as Tensor).size === 0) return;
  dispatch(backend, {
    kind: 'map',
    program,
    inputs: spread(inputs, (targets[0] as Tensor).shape),
    outputs: targets,
    uniforms,
  });
}

/** A contiguous copy, converted to `dtype`. */
export function copy(name: string, x: Tensor, dtype: DType = x.dtype): Tensor {
  return map(name, copyProgram(x.dtype, dtype), [x]);
}

/** A new tensor of one value. */
export function filled(backend: Backend, shape: Shape, dtype: DType, value: number): Tensor {
  return generate(backend, fillProgram(dtype), shape, [value]);
}

function commonShape(name: string, inputs: readonly Tensor[]): Shape {
  const first = (inputs[0] as Tensor).shape;
  for (let i = 1; i < inputs.length; i++) {
    if (!sameShape(first, (inputs[i] as Tensor).shape)) return broadcastShapes(name, ...inputs.map((x) => x.shape));
  }
  return first;
}

function spread(inputs: readonly Tensor[], shape: Shape): readonly View<Backend>[] {
  for (let i = 0; i < inputs.length; i++) {
    if (!sameShape((inputs[i] as Tensor).shape, shape)) return inputs.map((x) => broadcastView(x, shape));
  }
  return inputs;
}
