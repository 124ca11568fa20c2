// Runs Gradus in Deno and in Bun, which come from npm: trains on every backend with the packed packages, as a user has them, and runs the
// conformance kit. Prints one line per check. Needs a build (`pnpm build`) and npm.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, npmInstall, packAll, report, root, run } from './packed.mjs';
import { installOnce } from './runtimes.mjs';
import { vulkanEnvironment } from './vulkan.ts';

const fromSources = '--conditions=@gradus/source';

/**
 * How each runs a program, and the cases of the kit per backend. Deno's own WebGPU is wgpu, with another compiler than Dawn's: a case of
 * each kind of kernel in float32, since a GPU in software takes long to compile them. Bun takes Dawn from npm, as Node does.
 */
const runtimes = [
  { name: 'deno', version: '2.9.6', command: ['run', '--allow-all'], kit: { cpu: '', wasm: '', webgpu: 'float32' } },
  { name: 'bun', version: '1.4.5', command: ['run'], kit: { cpu: '', wasm: '' } },
];

const backends = ['cpu', 'wasm', 'webgpu'];

const env = { ...process.env, ...vulkanEnvironment() };

/** A folder with the packed packages and the program that trains. */
function makeConsumer(workplace) {
  const folder = join(workplace, 'runtime');
  const consumers = join(root, 'scripts', 'consumers');
  report('install gradus', install(folder, { packages: ['gradus'] }, packAll(workplace)));
  report('install webgpu', npmInstall(folder, 'webgpu'));
  copyFileSync(join(consumers, 'runtime.mjs'), join(folder, 'runtime.mjs'));
  copyFileSync(join(consumers, 'page', 'train.mjs'), join(folder, 'train.mjs'));
  return folder;
}

/** Trains on one backend; whether there is such a backend here. */
function checkTraining(title, path, command, folder, backend) {
  const { ok, output } = run(path, [...command, 'runtime.mjs', backend], folder, env);
  const line = output.split('\n').find((text) => text.startsWith('{'));
  const { missing, first, last } = ok && line ? JSON.parse(line) : {};
  if (missing !== undefined) {
    console.log(`LEFT OUT: ${title} on ${backend}: ${missing}`);
    return false;
  }
  report(`${title} on ${backend}: the loss goes from ${first} to ${last}`, { ok: last < first / 4, output });
  return true;
}

function check({ name, version, command, kit }, folder) {
  const { path, output } = installOnce(name, version);
  if (path === undefined) {
    console.log(`LEFT OUT: ${name} ${version} did not install: ${output}`);
    return;
  }
  for (const backend of backends) {
    const title = `${name} ${version}`;
    if (!checkTraining(title, path, command, folder, backend) || kit[backend] === undefined) continue;
    const program = join('scripts', 'runtimes', 'kit.mjs');
    const result = run(path, [...command, fromSources, program, backend, kit[backend]], root, env);
    report(`${title} on ${backend}: the conformance kit, ${result.output.trim().split('\n').at(-1)}`, result);
  }
}

const workplace = mkdtempSync(join(tmpdir(), 'gradus-runtimes-'));
try {
  const folder = makeConsumer(workplace);
  for (const runtime of runtimes) check(runtime, folder);
} finally {
  rmSync(workplace, { recursive: true });
}
