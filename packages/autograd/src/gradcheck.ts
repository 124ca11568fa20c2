import { AutogradError, formatShape, isFloat } from '@gradus/storage';
import { fromValues, type Tensor } from '@gradus/tensor';
import { grad } from './backward.ts';

export interface GradcheckOptions {
  /** The step of the central differences. */
  readonly eps?: number;
  readonly atol?: number;
  readonly rtol?: number;
}

type Differentiable = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/**
 * Compares the gradients of `fn` with central differences, in float64. Resolves to true, or rejects with an AutogradError
 * that names the first element that disagrees.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.gradcheck.html
 */
export async function gradcheck(
  fn: Differentiable,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): Promise<true> {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3 } = options;
  const checked = inputs.filter((x) => x.requiresGrad);
  if (checked.some((x) => x.dtype !== 'float64'))
    throw new AutogradError('gradcheck: inputs that require grad must be float64');
  const outputs = outputsOf(fn(...inputs)).filter((output) => isFloat(output.dtype));
  for (const [o, output] of outputs.entries()) {
    const analytic = await jacobian(output, checked);
    for (const [i, x] of checked.entries()) {
      const numeric = await differences(fn, inputs, x, o, eps);
      compare(numeric, analytic[i] as Float64Array[], `output ${o}, input ${i} ${formatShape(x.shape)}`, atol, rtol);
    }
  }
  return true;
}

/**
 * Like `gradcheck` for the gradients of the gradients: those of `fn`'s inputs, as functions of the inputs and of the
 * gradients that arrive at the outputs.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.gradgradcheck.html
 */
export async function gradgradcheck(
  fn: Differentiable,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): Promise<true> {
  const checked = inputs.map((x, i) => (x.requiresGrad ? i : -1)).filter((i) => i >= 0);
  const differentiable = (args: readonly Tensor[]): readonly Tensor[] =>
    outputsOf(fn(...args)).filter((output) => output.requiresGrad);
  const arriving = differentiable(inputs).map(({ size, shape, backend }) =>
    fromValues(ramp(size), shape, { dtype: 'float64', backend, requiresGrad: true }),
  );
  const gradients = (...args: Tensor[]): readonly Tensor[] => {
    const outputs = differentiable(args.slice(0, inputs.length));
    const gradOutputs = args.slice(inputs.length);
    const targets = checked.map((i) => args[i] as Tensor);
    return grad(outputs, targets, { gradOutputs, createGraph: true, allowUnused: true }).filter((g) => g !== null);
  };
  return gradcheck(gradients, [...inputs, ...arriving], options);
}

function ramp(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 1 + (i % 5) / 4);
}

function outputsOf(result: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(result) ? result : [result as Tensor];
}

/** Per input a row for every element of the output: d output[row] / d input. */
async function jacobian(output: Tensor, inputs: readonly Tensor[]): Promise<Float64Array[][]> {
  const rows: Float64Array[][] = inputs.map(() => []);
  for (let row = 0; row < output.size; row++) {
    const one = Float64Array.from({ length: output.size }, (_, i) => (i === row ? 1 : 0));
    const gradOutput = fromValues(one, output.shape, { dtype: output.dtype, backend: output.backend });
    const gradients = output.requiresGrad
      ? grad(output, inputs, { gradOutputs: [gradOutput], retainGraph: true, allowUnused: true })
      : inputs.map(() => null);
    for (const [i, x] of inputs.entries()) {
      const g = gradients[i];
      rows[i]?.push(g ? Float64Array.from(await g.data()) : new Float64Array(x.size));
    }
  }
  return rows;
}

/** The same rows by central differences, perturbing one element of `x` at a time. */
async function differences(
  fn: Differentiable,
  inputs: readonly Tensor[],
  x: Tensor,
  o: number,
  eps: number,
): Promise<Float64Array[]> {
  const base = Float64Array.from(await x.data());
  const at = async (k: number, delta: number): Promise<Float64Array> => {
    const moved = base.slice();
    moved[k] = (moved[k] as number) + delta;
    const replaced = fromValues(moved, x.shape, { dtype: 'float64', backend: x.backend, requiresGrad: true });
    const outputs = outputsOf(fn(...inputs.map((input) => (input === x ? replaced : input))));
    return Float64Array.from(await (outputs.filter((output) => isFloat(output.dtype))[o] as Tensor).data());
  };
  const columns: Float64Array[] = [];
  for (let k = 0; k < base.length; k++) {
    const [up, down] = [await at(k, eps), await at(k, -eps)];
    columns.push(up.map((value, i) => (value - (down[i] as number)) / (2 * eps)));
  }
  const rows = columns[0]?.length ?? 0;
  return Array.from({ length: rows }, (_, row) => Float64Array.from(columns, (column) => column[row] as number));
}

function compare(
  numeric: readonly Float64Array[],
  analytic: readonly Float64Array[],
  where: string,
  atol: number,
  rtol: number,
): void {
  numeric.forEach((row, r) => {
    row.forEach((expected, c) => {
      const actual = analytic[r]?.[c] as number;
      if (Math.abs(actual - expected) <= atol + rtol * Math.abs(expected)) return;
      throw new AutogradError(
        `gradcheck: ${where}: d output[${r}] / d input[${c}] is ${actual}, differences give ${expected}`,
      );
    });
  });
}
