// Checks the built package in the working directory as a registry would serve it: publint reads its manifest, and
// "Are the types wrong?" resolves its types in TypeScript's several ways.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './pack.mjs';

function passes(command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) console.error(`${stdout}${stderr}`);
  console.log(`${command}: ${status === 0 ? 'ok' : 'failed'}`);
  return status === 0;
}

const folder = mkdtempSync(join(tmpdir(), 'gradus-package-'));
try {
  const archive = pack(process.cwd(), folder);
  const sound = passes('publint', archive, '--strict');
  const typed = passes('attw', archive, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji');
  process.exitCode = sound && typed ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
