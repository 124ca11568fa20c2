import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import validate from 'validate-npm-package-name';

/** Why a project can't be made in a folder; undefined where it can. */
export function whyNot(folder: string): string | undefined {
  if (folder.trim() === '') return 'a folder needs a name';
  const name = packageName(folder);
  if (name === undefined) return `'${basename(resolve(folder))}' holds nothing that a package can be named after`;
  if (!existsSync(folder)) return undefined;
  if (!statSync(folder).isDirectory()) return `${folder} is a file`;
  const content = readdirSync(folder).filter((entry) => entry !== '.git');
  return content.length === 0 ? undefined : `${folder} is not empty`;
}

/** The name of the package in a folder: the folder's own, as far as npm allows it. */
export function packageName(folder: string): string | undefined {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[-._]+|-+$/g, '');
  return validate(name).validForNewPackages ? name : undefined;
}
