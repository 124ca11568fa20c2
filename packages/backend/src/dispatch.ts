import { BackendError, type DType, type Shape } from '@gradus/storage';
import type { Backend } from './backend.ts';
import { decompose } from './decompositions/index.ts';
import { input, topologicalOrder } from './expression/expression.ts';
import { mapProgram } from './expression/program.ts';
import { substitute } from './expression/substitute.ts';
import type { Kernel, MapKernel, View } from './kernel.ts';
import { copyView, withScratch } from './scratch.ts';

/**
 * Runs a kernel on a backend, whatever the backend's limits: decomposes fused kernels that it lacks, copies views that
 * it can't stride over, splits maps with too many operands.
 */
export function dispatch(backend: Backend, kernel: Kernel): void {
  const { contiguousOnly, maxOperands } = backend.capabilities;
  if (kernel.kind === 'fused' && !backend.supports(kernel.name)) decompose(backend, kernel);
  else if (contiguousOnly?.has(kernel.kind) === true) launchContiguous(backend, kernel);
  else if (kernel.kind === 'map' && operandCount(kernel) > maxOperands) splitMap(backend, kernel);
  else backend.launch(kernel);
}

/** The fields of each kind that a kernel writes; every other view is only read. A scatter's output is read too. */
const written: ReadonlySet<string> = new Set(['output', 'outputs', 'indices', 'values']);

/** Replaces every strided view by a contiguous copy, and copies results back. */
function launchContiguous(backend: Backend, kernel: Kernel): void {
  withScratch(backend, (allocate) => {
    const results: (readonly [from: View, to: View])[] = [];
    const contiguous = (view: View, isOutput: boolean): View => {
      if (view.layout.isContiguous) return view;
      const copy = allocate(view.layout.shape, view.dtype);
      if (isOutput) results.push([copy, view]);
      // Outputs are copied in as well: scatter and an accumulating matmul start from what is there.
      copyView(backend, view, copy);
      return copy;
    };
    const fields = Object.entries(kernel).map(([key, value]) => {
      if (Array.isArray(value) && value.every(isView)) return [key, value.map((v) => contiguous(v, written.has(key)))];
      return [key, isView(value) ? contiguous(value, written.has(key)) : value];
    });
    backend.launch(Object.fromEntries(fields) as Kernel);
    for (const [from, to] of results) copyView(backend, from, to);
  });
}

function isView(value: unknown): value is View {
  return typeof value === 'object' && value !== null && 'storage' in value;
}

function operandCount(kernel: MapKernel): number {
  return kernel.inputs.length + kernel.outputs.length;
}

/** A map as one launch per output, each binding only what it reads; results land in scratch first where inputs are overwritten. */
export function splitMap(backend: Backend, kernel: MapKernel): void {
  if (kernel.outputs.length === 1) {
    throw new BackendError(
      `map: ${operandCount(kernel)} operands are more than backend '${backend.name}' binds at once; compute it in steps`,
    );
  }
  withScratch(backend, (allocate) => {
    const results = kernel.outputs.map((output, i) => [single(kernel, i, allocate), output] as const);
    for (const [part] of results) dispatch(backend, part);
    for (const [part, output] of results) copyView(backend, part.outputs[0] as View, output);
  });
}

function single(kernel: MapKernel, at: number, allocate: (shape: Shape, dtype: DType) => View): MapKernel {
  const root = kernel.program.outputs[at];
  const target = kernel.outputs[at];
  if (root === undefined || target === undefined) throw new BackendError(`map: no output ${at}`);
  const used = topologicalOrder([root]).flatMap((node) => (node.kind === 'input' ? [node.index] : []));
  const outputs = substitute([root], (node) =>
    node.kind === 'input' ? input(used.indexOf(node.index), node.dtype) : undefined,
  );
  const inputs = used.map((index) => kernel.inputs[index] as View);
  const program = mapProgram(
    inputs.map((view) => view.dtype),
    kernel.program.uniforms,
    outputs,
  );
  return { ...kernel, program, inputs, outputs: [allocate(target.layout.shape, target.dtype)] };
}
