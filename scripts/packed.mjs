// The packages as a registry would serve them: packed, and installed in empty folders.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './pack.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const windows = process.platform === 'win32';

/** Runs a command to its end. */
export function run(command, args, cwd, env = process.env) {
  const shell = windows && !command.endsWith('.exe');
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8', shell });
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` };
}

export const npmInstall = (folder, ...more) =>
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...more], folder);

/** Prints a line per check, and why it failed; sets the exit code. */
export function report(title, { ok, output }) {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${title}`);
  if (ok) return;
  process.exitCode = 1;
  console.log(output.trimEnd().replace(/^/gm, '         '));
}

/** Each package packed once, by folder name. */
export function packAll(workplace) {
  const archives = new Map();
  for (const name of readdirSync(join(root, 'packages'))) {
    const folder = join(root, 'packages', name);
    if (!existsSync(join(folder, 'dist', 'index.js'))) throw new Error(`packages/${name} is not built: pnpm build`);
    archives.set(name, pack(folder, workplace));
  }
  return archives;
}

/** Makes a folder with these packages installed from their archives, and nothing else of Gradus. */
export function install(folder, { packages, absent = [] }, archives) {
  const wanted = closure(packages);
  const dependencies = Object.fromEntries(wanted.map((name) => [`@gradus/${name}`, `file:${archives.get(name)}`]));
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  const { ok, output } = npmInstall(folder);
  if (!ok) return { ok, output };
  const found = readdirSync(join(folder, 'node_modules', '@gradus')).sort();
  const surprises = [
    ...found.filter((name) => !wanted.includes(name)),
    ...absent.filter((name) => found.includes(name)),
  ];
  return { ok: surprises.length === 0, output: `installed without need: ${surprises.join(', ')}` };
}

/** The packages and all that they depend on, by folder name. */
export function closure(names, seen = new Set()) {
  for (const name of names) {
    if (seen.has(name)) continue;
    seen.add(name);
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    const dependencies = Object.keys(manifest.dependencies ?? {});
    closure(
      dependencies.filter((dependency) => dependency.startsWith('@gradus/')).map((dependency) => dependency.slice(8)),
      seen,
    );
  }
  return [...seen];
}
