import { allocateView, type HostBuffer, type View } from '@gradus/backend';
import type { DType, Shape, TypedArray } from '@gradus/storage';
import { cpu } from '../src/index.ts';

export const backend = cpu();

/** A view with values between -1 and 1. */
export function random(shape: Shape, dtype: DType = 'float32'): View {
  const view = allocateView(backend, shape, dtype);
  const array = arrayOf(view);
  for (let i = 0; i < array.length; i++) array[i] = Math.sin(i * 12.9898);
  return view;
}

export function arrayOf(view: View): TypedArray {
  return (view.storage.handle as HostBuffer).array(view.dtype);
}

/** The best of several runs, in microseconds; short bodies are repeated within a run. */
export function time(body: () => void): number {
  for (let i = 0; i < 30; i++) body();
  let best = Number.POSITIVE_INFINITY;
  let repeats = 1;
  for (let run = 0; run < 15; run++) {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) body();
    const took = performance.now() - start;
    best = Math.min(best, (took * 1000) / repeats);
    if (took < 2) repeats *= 4;
  }
  return best;
}

export function report(label: string, ours: number, other?: readonly [name: string, took: number]): void {
  const ratio = other === undefined ? '' : `${(ours / other[1]).toFixed(2)} x ${other[0]} (${other[1].toFixed(2)} us)`;
  console.log(`${label.padEnd(48)} ${ours.toFixed(2).padStart(12)} us   ${ratio}`);
}
