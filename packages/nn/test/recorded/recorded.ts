import { readFileSync } from 'node:fs';
import { dataSync, type Tensor } from '@gradus/tensor';
import { expect } from 'vitest';
import type { AnyModule } from '../../src/index.ts';

/** Numbers that `record.py` recorded from PyTorch 1.13.1. */
export const recorded: Recorded = JSON.parse(readFileSync(new URL('recorded.json', import.meta.url), 'utf8'));

type Numbers = readonly number[];
type State = Readonly<Record<string, Numbers>>;

interface WeightNorm {
  readonly state: State;
  readonly output: Numbers;
  readonly g: Numbers;
  readonly v: Numbers;
}

export interface Packed {
  readonly sequences: readonly Numbers[];
  readonly data: Numbers;
  readonly batch_sizes: Numbers;
  readonly sorted: Numbers;
  readonly unsorted: Numbers;
  readonly padded: Numbers;
  readonly lengths: Numbers;
  readonly hidden: readonly Numbers[];
  readonly gradients: State;
}

interface Recorded {
  readonly weight_norm_0: WeightNorm;
  readonly weight_norm_1: WeightNorm;
  readonly weight_norm_None: WeightNorm;
  readonly spectral_norm: { readonly state: State; readonly outputs: readonly Numbers[]; readonly gradient: Numbers };
  readonly spectral_norm_transposed: { readonly state: State };
  readonly packed_lstm: Packed;
  readonly packed_gru: Packed;
  readonly packed_rnn: Packed;
  readonly dropout_between_layers: { readonly output: Numbers };
  readonly lazy: { readonly linear: State; readonly conv: State };
  readonly backward_hooks: {
    readonly seen: readonly (readonly Numbers[])[];
    readonly leaf: Numbers;
    readonly weight: Numbers;
  };
  readonly backward_hook_of_two: { readonly seen: readonly Numbers[]; readonly a: Numbers; readonly b: Numbers };
}

/** float32 against float32: equal but for rounding. */
export function expectNumbers(x: Tensor | null | undefined, expected: Numbers): void {
  const got = x ? [...dataSync(x)] : [];
  expect(got.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs((got[i] as number) - value)).toBeLessThanOrEqual(2e-6 * (1 + Math.abs(value)));
  }
}

/** Names, their order, and values. */
export function expectState(module: AnyModule, expected: State): void {
  const state = module.stateDict();
  expect([...state.keys()]).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) expectNumbers(state.get(name), values);
}
