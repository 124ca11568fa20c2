import { access, constants, mkdir } from 'node:fs/promises';
import { relative, resolve } from 'node:path';

/** Where the user is: npm runs scripts in the project's folder, but says where it was called. */
const userFolder = process.env.INIT_CWD ?? process.cwd();

/** The absolute path of what the user wrote. */
export function fromUser(path: string): string {
  return resolve(userFolder, path);
}

/** A path as the user would write it. */
export function toUser(path: string): string {
  const below = relative(userFolder, path);
  return below.startsWith('..') ? path : below;
}

/** Makes a folder where there is none. A mistake in its path had better show before training than after it. */
export async function assertWritable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK);
}
