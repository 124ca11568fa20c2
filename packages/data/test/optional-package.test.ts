import { expect, test } from 'vitest';
import { MissingPackageError, missingPackage } from '../src/optional-package.ts';

const absent = '@gradus/not-there';

test('a package that is not installed is named, with the command that gets it', async () => {
  const error = missingPackage('digits', absent, await import(absent).catch((error: unknown) => error));
  expect(error).toBeInstanceOf(MissingPackageError);
  expect(error).toHaveProperty('message', `digits: needs the npm package '${absent}': npm install ${absent}`);
});

test.each([
  ['Chromium', `Failed to resolve module specifier '${absent}'`],
  ['Firefox', `The specifier “${absent}” was a bare specifier, but was not remapped to anything.`],
  ['Safari', `Module name, '${absent}' does not resolve to a valid URL.`],
])('nor does %s find it', (_, message) => {
  expect(missingPackage('digits', absent, new TypeError(message))).toBeInstanceOf(MissingPackageError);
});

test('an error within the package comes through as it is', () => {
  const broken = new TypeError('broken');
  expect(missingPackage('digits', absent, broken)).toBe(broken);
  expect(missingPackage('digits', absent, 'broken')).toBe('broken');
});
