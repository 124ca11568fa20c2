// Packs the package in FOLDER with pnpm, as publishing would, and returns the path of the archive.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export function pack(folder, destination) {
  const args = ['pack', '--json', '--pack-destination', destination];
  const { status, stdout, stderr, error } = spawnSync('pnpm', args, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`pnpm pack in ${folder}: ${error?.message ?? stderr}${stdout ?? ''}`);
  return join(destination, JSON.parse(stdout).filename.split(/[\\/]/).pop());
}
