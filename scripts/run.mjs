#!/usr/bin/env node
// Runs a command of the workspace on a machine that has only Node and npm:
//
//   node scripts/run.mjs [COMMAND [ARGUMENT...]]
//
// First it installs the dependencies, if the lockfile is another than at the last install, with the pnpm that package.json
// names. Then it runs COMMAND with node_modules/.bin first in PATH, hence on the project's own Node.
// It depends on nothing, so that it runs before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const windows = process.platform === 'win32';
const pathKey = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
const env = {
  ...process.env,
  [pathKey]: [join(root, 'node_modules', '.bin'), process.env[pathKey]].join(delimiter),
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};

function requireNode(minimum) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = minimum.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  console.error(`Gradus needs Node ${minimum} or newer, this is Node ${process.versions.node}: see https://nodejs.org`);
  process.exit(1);
}

/** cmd.exe finds the .cmd files of npm but takes one line of text; elsewhere no shell comes between. */
function start(command, args, options) {
  if (!windows) return spawn(command, args, options);
  const quote = (text) => (/^[\w@./:=\\-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`);
  return spawn([command, ...args].map(quote).join(' '), { ...options, shell: true });
}

/** Runs a command to its end, passes signals on to it, and resolves to its exit code. */
function run(command, args, options = {}) {
  const child = start(command, args, { stdio: 'inherit', env, ...options });
  const forward = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(127);
    });
    child.on('close', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

const stamp = join(root, 'node_modules', '.installed');
const lockfile = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');

async function installOnce() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile()) return;
  console.log('Installing the dependencies...');
  const install = ['--yes', manifest.packageManager, 'install', '--frozen-lockfile', '--reporter=append-only'];
  const code = await run('npx', install, { cwd: root });
  if (code !== 0) process.exit(code);
  writeFileSync(stamp, lockfile());
}

requireNode(manifest.engines.node.replace('>=', ''));
await installOnce();
const [command, ...args] = process.argv.slice(2);
if (command === 'node' && !existsSync(join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node'))) {
  // The project's own Node did not install (it is optional): this one must run TypeScript by itself.
  requireNode('22.18');
}
if (command) process.exit(await run(command, args));
