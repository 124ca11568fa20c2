import { GradusError } from '@gradus/storage';

/** An npm package that only some programs need is not installed. */
export class MissingPackageError extends GradusError {}

/**
 * What to throw where the import of an optional peer failed: an error that says how to get the package, if it is the one that is
 * missing. Such imports stand in a `try`: bundlers then warn of a package that isn't installed, where else they would give up.
 */
export function missingPackage(user: string, name: string, error: unknown): unknown {
  if (!isNotFound(error, name)) return error;
  return new MissingPackageError(`${user}: needs the npm package '${name}': npm install ${name}`, { cause: error });
}

/** Whether it is this package that is missing, not one that it depends on. */
function isNotFound(error: unknown, name: string): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  // Browsers have no code for a name that no import map knows.
  const isUnknown = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || error instanceof TypeError;
  return isUnknown && new RegExp(`['"“]${name}`).test(error.message);
}
