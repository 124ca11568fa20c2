import { AutogradError, formatShape, isFloat } from '@gradus/storage';
import { fromValues, type Tensor } from '@gradus/tensor';
import { grad } from './backward.ts';

export interface GradcheckOptions {
  /** The step of the central differences. */
  readonly eps?: number;
  readonly atol?: number;
  readonly rtol?: number;
  /** Reject where gradients disagree (the default), or resolve to false. */
  readonly raiseException?: boolean;
  /** How far two passes over one graph may differ. Default 0. */
  readonly nondetTol?: number;
  /** Gradients must be zero, or none, where those that arrive are zero or none. Default true. */
  readonly checkUndefinedGrad?: boolean;
  /** Compare with all passes at once, by vmap: needs '@gradus/autograd/functional'. Default false. */
  readonly checkBatchedGrad?: boolean;
  /** Compare one product with random directions instead of every element. Default false. */
  readonly fastMode?: boolean;
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
): Promise<boolean> {
  try {
    await check(fn, inputs, options);
    return true;
  } catch (error) {
    if (options.raiseException === false && error instanceof AutogradError) return false;
    throw error;
  }
}

async function check(fn: Differentiable, inputs: readonly Tensor[], options: GradcheckOptions): Promise<void> {
  const { eps = 1e-6, fastMode = false, checkUndefinedGrad = true, checkBatchedGrad = false } = options;
  const { atol = 1e-5, rtol = 1e-3, nondetTol = 0 } = options;
  const checked = inputs.filter((x) => x.requiresGrad);
  if (checked.some((x) => x.dtype !== 'float64'))
    throw new AutogradError('gradcheck: inputs that require grad must be float64');
  const outputs = outputsOf(fn(...inputs)).filter((output) => isFloat(output.dtype));
  for (const [o, output] of outputs.entries()) {
    const where = (i: number): string => `output ${o}, input ${i} ${formatShape((checked[i] as Tensor).shape)}`;
    if (checkUndefinedGrad && output.requiresGrad) await assertZeroFromZero(output, checked, where);
    if (fastMode) {
      await compareDirections(fn, inputs, output, o, options);
      continue;
    }
    const analytic = await jacobian(output, checked);
    const again = output.requiresGrad && output.size > 0 ? await jacobian(output, checked) : analytic;
    const batched = checkBatchedGrad && output.requiresGrad ? await batchedJacobian(output, checked) : analytic;
    for (const [i, x] of checked.entries()) {
      const rows = analytic[i] as Float64Array[];
      const numeric = await differences(fn, inputs, x, o, eps);
      compare(numeric, rows, where(i), atol, rtol);
      compare(rows, again[i] as Float64Array[], `${where(i)}, a second pass`, nondetTol, 0);
      compare(rows, batched[i] as Float64Array[], `${where(i)}, all rows at once`, atol, rtol);
    }
  }
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
): Promise<boolean> {
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

/** The same rows from one pass with a batch of gradients. */
async function batchedJacobian(output: Tensor, inputs: readonly Tensor[]): Promise<Float64Array[][]> {
  const { size, shape, dtype, backend } = output;
  const identity = Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const gradOutputs = fromValues(identity, [size, ...shape], { dtype, backend });
  const gradients = grad(output, inputs, { gradOutputs, isGradsBatched: true, retainGraph: true, allowUnused: true });
  const values = await Promise.all(gradients.map((g) => g?.data()));
  return inputs.map((x, i) =>
    Array.from({ length: size }, (_, row) =>
      Float64Array.from(values[i]?.subarray(row * x.size, (row + 1) * x.size) ?? new Float64Array(x.size)),
    ),
  );
}

async function assertZeroFromZero(
  output: Tensor,
  inputs: readonly Tensor[],
  where: (i: number) => string,
): Promise<void> {
  const gradOutputs = [output.detach().mul(0)];
  const gradients = grad(output, inputs, { gradOutputs, retainGraph: true, allowUnused: true });
  for (const [i, g] of gradients.entries()) {
    if (g === null || (await g.data()).every((value) => value === 0 || Number.isNaN(value))) continue;
    throw new AutogradError(`gradcheck: ${where(i)}: the gradient isn't zero where the one that arrives is`);
  }
}

/** v transposed times the Jacobian times u, for one v and one u per input: by a pass, and by moving all inputs along u. */
async function compareDirections(
  fn: Differentiable,
  inputs: readonly Tensor[],
  output: Tensor,
  o: number,
  { eps = 1e-6, atol = 1e-5, rtol = 1e-3 }: GradcheckOptions,
): Promise<void> {
  const direction = ({ size, shape, dtype, backend }: Tensor): Tensor =>
    fromValues(ramp(size), shape, { dtype, backend });
  const checked = inputs.filter((x) => x.requiresGrad);
  const v = direction(output);
  const gradients = output.requiresGrad
    ? grad(output, checked, { gradOutputs: [v], retainGraph: true, allowUnused: true })
    : checked.map(() => null);
  let analytic = 0;
  for (const [i, g] of gradients.entries()) {
    if (g !== null)
      analytic += await g
        .mul(direction(checked[i] as Tensor))
        .sum()
        .item();
  }
  const along = async (step: number): Promise<number> => {
    const moved = inputs.map((x) => (x.requiresGrad ? x.detach().add(direction(x).mul(step)).setRequiresGrad() : x));
    const outputs = outputsOf(fn(...moved)).filter(({ dtype }) => isFloat(dtype));
    return (outputs[o] as Tensor).detach().mul(v).sum().item();
  };
  const numeric = ((await along(eps)) - (await along(-eps))) / (2 * eps);
  // As many elements as the sum has may each be off by the tolerance.
  const terms = output.size * checked.reduce((sum, x) => sum + x.size, 0);
  compare([Float64Array.of(numeric)], [Float64Array.of(analytic)], `output ${o}, fast mode`, atol * terms, rtol);
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
