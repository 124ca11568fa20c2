import { afterEach, expect, test, vi } from 'vitest';
import { GradusError, nodeModule } from '../src/index.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('it gives a module of the platform', () => {
  const path = nodeModule<typeof import('node:path')>('test', 'node:path');
  expect(path.posix.join('a', 'b')).toBe('a/b');
});

test('where there is none, the error says who wanted it', () => {
  vi.stubGlobal('process', undefined);
  expect(() => nodeModule('saveFile', 'node:fs')).toThrow(GradusError);
  expect(() => nodeModule('saveFile', 'node:fs')).toThrow('saveFile: there is no node:fs here');
});
