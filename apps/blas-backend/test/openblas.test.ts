import { BackendError, use } from '@gradus/gradus';
import { describe, expect, test } from 'vitest';
import { openblas } from '../src/blas-backend.ts';
import { loadOpenBlas } from '../src/open-blas.ts';
import { trainSpirals } from '../src/spirals.ts';
import { missing } from './availability.ts';

test('without OpenBLAS the error says how to install it', () => {
  const load = (): unknown => loadOpenBlas(['libnowhere.so.7']);
  expect(load).toThrow(BackendError);
  expect(load).toThrow(/looked for libnowhere\.so\.7.+apt-get install libopenblas0.+brew install openblas/);
});

describe(missing === null ? 'with OpenBLAS' : `NOT TESTED: ${missing}`, () => {
  test.skipIf(missing !== null)('a network learns to tell spirals apart, by products that OpenBLAS makes', async () => {
    const backend = openblas({ threads: 1 });
    let products = 0;
    const { multiply } = backend.library;
    backend.library.multiply = (...args) => {
      products++;
      multiply(...args);
    };
    await use(backend);
    const { losses, accuracy } = await trainSpirals(300);
    expect(losses[0]).toBeCloseTo(Math.log(2), 1);
    expect(losses.at(-1)).toBeLessThan(0.1);
    expect(accuracy).toBeGreaterThan(0.97);
    // Three products forward; two for each layer backward, less the first layer's input; and the answers.
    expect(products).toBe(300 * (3 + 5) + 3);
  });
});
