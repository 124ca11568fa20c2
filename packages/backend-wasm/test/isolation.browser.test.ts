import { expect, inject, test } from 'vitest';

test('the page is cross-origin isolated where the project says so', () => {
  expect(crossOriginIsolated).toBe(inject('isolated'));
  expect('SharedArrayBuffer' in globalThis).toBe(inject('isolated'));
});
