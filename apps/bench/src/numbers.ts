// Numbers that every language fills arrays with: data that says how, so that no contender states them again.

/** Pseudo-random values between center - scale and center + scale, in float32. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly seed: number;
  readonly scale: number;
  readonly center: number;
  /** A linear layer's weight, [outputs, inputs]. Who keeps it as [inputs, outputs] transposes it at the start. */
  readonly linear?: boolean;
}

/** Pseudo-random classes, in int32. */
export interface Labels {
  readonly shape: readonly number[];
  readonly seed: number;
  readonly classes: number;
}

export function fill({ shape, seed, scale, center }: Numbers): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => center + scale * (2 * uniform(i, seed) - 1));
}

export function fillLabels({ shape, seed, classes }: Labels): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: sizeOf(shape) }, (_, i) => Math.floor(classes * uniform(i, seed)));
}

/** Between 0 and 1, and with so few operations in float64 that every language agrees. */
function uniform(i: number, seed: number): number {
  const large = 43758.5453 * Math.sin(12.9898 * (i + 1) + 78.233 * seed);
  return large - Math.floor(large);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** One number that tells arrays apart, also where their elements have changed places. */
export function checksum(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) * Math.cos(i);
  return sum;
}
