import { GradusError } from '@gradus/storage';

/** An npm package that only some programs need is not installed. */
export class MissingPackageError extends GradusError {}

/** Loads a package that is an optional peer; says how to get it where it is absent. */
export async function loadOptional<T>(user: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!isNotFound(error, name)) throw error;
    throw new MissingPackageError(`${user}: needs the npm package '${name}': npm install ${name}`, { cause: error });
  }
}

/** Whether it is this package that is missing, not one that it depends on. */
function isNotFound(error: unknown, name: string): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && error.message.includes(`'${name}`);
}
