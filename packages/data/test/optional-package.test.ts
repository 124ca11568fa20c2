import { expect, test } from 'vitest';
import { loadOptional, MissingPackageError } from '../src/optional-package.ts';

const absent = '@gradus/not-there';

test('a package that is not installed is named, with the command that gets it', async () => {
  const loading = loadOptional('digits', absent, () => import(absent));
  await expect(loading).rejects.toThrow(MissingPackageError);
  await expect(loading).rejects.toThrow(`digits: needs the npm package '${absent}': npm install ${absent}`);
});

test('an error within the package comes through as it is', async () => {
  const broken = new TypeError('broken');
  await expect(loadOptional('digits', absent, () => Promise.reject(broken))).rejects.toBe(broken);
});
