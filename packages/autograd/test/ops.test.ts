import * as tensors from '@gradus/tensor';
import * as fft from '@gradus/tensor/fft';
import * as functional from '@gradus/tensor/functional';
import * as linalg from '@gradus/tensor/linalg';
import * as specialOps from '@gradus/tensor/special';
import * as statistics from '@gradus/tensor/statistics';
import { describe, expect, it } from 'vitest';
import { assertGradients, placements } from './gradients/case.ts';
import { withoutGradient } from './gradients/no-gradient.ts';
import { tables } from './gradients/tables.ts';
import './setup.ts';

describe.each(Object.entries(tables))('gradients of %s', (_, table) => {
  it.each(Object.entries(table))('%s', async (name, cases) => {
    for (const [i, gradientCase] of cases.entries()) {
      for (const placement of placements) {
        await assertGradients(gradientCase, placement).catch((cause: Error) => {
          throw new Error(`${name}, case ${i}, ${placement} inputs: ${cause.message}`, { cause });
        });
      }
    }
  });
});

describe('the tables', () => {
  const checked = Object.values(tables).flatMap((table) => Object.keys(table));
  const excused = Object.values(withoutGradient).flat();

  it('hold every export of the tensor package once', () => {
    const exported = [tensors, fft, linalg, specialOps, statistics, functional].flatMap((entry) => Object.keys(entry));
    expect([...checked, ...excused].sort()).toEqual(exported.sort());
  });

  it('have at least one case each', () => {
    for (const table of Object.values(tables))
      for (const [name, cases] of Object.entries(table)) expect(cases.length, name).toBeGreaterThan(0);
  });
});
