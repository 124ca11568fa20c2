import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmInstall, root, windows } from './packed.mjs';

/** A JavaScript runtime that npm has as a package, installed once in a cache: its path, or what npm said instead. */
export function installOnce(name, version) {
  const folder = join(root, 'node_modules', '.cache', `${name}-${version}`);
  const path = join(folder, 'node_modules', '.bin', windows ? `${name}.cmd` : name);
  if (existsSync(path)) return { path };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const { ok, output } = npmInstall(folder, `${name}@${version}`);
  return ok && existsSync(path) ? { path } : { output };
}
