import { type Backend, HostBackend, type Kernel } from '@gradus/backend';
import { decoderOf, formatShape, type TypedArray } from '@gradus/storage';
import { execute, type Place } from './execute.ts';
import { type Memory, type Operand, positionsOf } from './operand.ts';
import { isClose, type Tolerance, toleranceOf } from './tolerance.ts';

/** The seven kernels as the interpreter runs them. */
export const reference: Backend = new HostBackend('reference');

export interface Expectation {
  /** What the kernel writes. */
  readonly outputs: readonly Operand[];
  /** Default: that of each output's dtype. */
  readonly tolerance?: Tolerance;
  /** Values expected of the first output, row-major; default: what the interpreter gives. */
  readonly values?: ArrayLike<number>;
  /** Whether 0 and -0 differ. */
  readonly signedZeros?: boolean;
  /** What is being tried, for the message. */
  readonly note?: string;
}

/**
 * Runs a kernel on the backend under test and on the interpreter: outputs must agree, and nothing else may change,
 * neither inputs nor the memory around and between an output's elements.
 */
export async function compare(
  backend: Backend,
  kernelOf: (place: Place) => Kernel,
  expectation: Expectation,
): Promise<void> {
  const { outputs, values, note = '' } = expectation;
  const result = await execute(backend, kernelOf);
  const expected = values === undefined ? await execute(reference, kernelOf) : null;
  outputs.forEach((output, o) => {
    const wanted = o === 0 && values !== undefined ? values : null;
    const from = wanted === null ? (expected?.get(output.memory) as TypedArray | undefined) : undefined;
    if (wanted === null && from === undefined) return;
    compareOutput(output, result.get(output.memory) as TypedArray, wanted, from, expectation, `output ${o} ${note}`);
  });
  assertUntouched(result, outputs, note);
}

function compareOutput(
  output: Operand,
  result: TypedArray,
  values: ArrayLike<number> | null,
  expected: TypedArray | undefined,
  { tolerance = toleranceOf(output.dtype), signedZeros = false }: Expectation,
  label: string,
): void {
  const decode = decoderOf(output.dtype);
  positionsOf(output.layout).forEach((position, at) => {
    const got = decode(result[position] as number);
    const want = values === null ? decode((expected as TypedArray)[position] as number) : (values[at] as number);
    const sameZero = !signedZeros || got !== 0 || Object.is(got, want);
    if (isClose(got, want, tolerance) && sameZero) return;
    const { shape, strides } = output.layout;
    throw new Error(
      `${label}: element ${at} is ${text(got)}, expected ${text(want)} ` +
        `(${output.dtype} ${formatShape(shape)}, strides ${formatShape(strides)})`,
    );
  });
}

export function text(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Everything outside the outputs' elements holds what it held before, to the bit. */
export function assertUntouched(
  result: ReadonlyMap<Memory, TypedArray>,
  outputs: readonly Operand[],
  note: string,
): void {
  for (const [memory, after] of result) {
    const written = new Set(outputs.flatMap((output) => (output.memory === memory ? positionsOf(output.layout) : [])));
    for (let i = 0; i < after.length; i++) {
      if (!written.has(i) && !Object.is(after[i], memory.content[i])) {
        throw new Error(`${note}: element ${i} of a memory was changed from ${memory.content[i]} to ${after[i]}`);
      }
    }
  }
}
