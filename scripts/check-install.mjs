// Installs the packed packages in empty folders outside the repository, only those that a program needs, and runs that
// program there: on the oldest Node that the packages support and on the project's own. Prints one line per check.
// Needs a build (`pnpm build`) and npm.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './pack.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const windows = process.platform === 'win32';
const oldestNode = '20.19.0';

/** What a user installs, the program to run there, and what must not come along. */
const consumers = [
  { title: 'tensor on the cpu backend', program: 'tensor.mjs', packages: ['backend', 'backend-cpu', 'tensor'] },
  {
    title: 'a model without autograd',
    program: 'inference.mjs',
    packages: ['backend', 'backend-cpu', 'tensor', 'nn'],
    absent: ['autograd', 'optim', 'losses', 'train', 'gradus'],
    types: 'inference.ts',
  },
  // Training names what the platform has, such as AbortSignal.
  { title: 'everything', program: 'everything.mjs', packages: ['gradus'], types: 'everything.ts', platform: 'node' },
];

function run(command, args, cwd) {
  const shell = windows && !command.endsWith('.exe');
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', shell });
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` };
}

const npmInstall = (folder, ...more) =>
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...more], folder);
const readManifest = (name) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));

/** The packages and all that they depend on, by folder name. */
function closure(names, seen = new Set()) {
  for (const name of names) {
    if (seen.has(name)) continue;
    seen.add(name);
    const dependencies = Object.keys(readManifest(name).dependencies ?? {});
    closure(
      dependencies.filter((dependency) => dependency.startsWith('@gradus/')).map((dependency) => dependency.slice(8)),
      seen,
    );
  }
  return [...seen];
}

/** The Nodes to run on: [label, path]. */
function nodes() {
  const folder = join(root, 'node_modules', '.cache', `node-${oldestNode}`);
  const oldest = join(folder, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
  if (!existsSync(oldest)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const { ok, output } = npmInstall(folder, `node@${oldestNode}`);
    if (!ok || !existsSync(oldest)) throw new Error(`Node ${oldestNode} did not install: ${output}`);
  }
  return [
    [`Node ${oldestNode}`, oldest],
    [`Node ${process.versions.node}`, process.execPath],
  ];
}

let failures = 0;
function report(title, { ok, output }) {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${title}`);
  if (ok) return;
  failures += 1;
  console.log(output.trimEnd().replace(/^/gm, '         '));
}

const workplace = mkdtempSync(join(tmpdir(), 'gradus-install-'));

/** Each package packed once, by folder name. */
function packAll() {
  const archives = new Map();
  for (const name of readdirSync(join(root, 'packages'))) {
    const folder = join(root, 'packages', name);
    if (!existsSync(join(folder, 'dist', 'index.js'))) throw new Error(`packages/${name} is not built: pnpm build`);
    archives.set(name, pack(folder, workplace));
  }
  return archives;
}

/** A folder with these packages installed from their archives, and nothing else of Gradus. */
function install({ program, packages, absent = [] }, archives) {
  const folder = join(workplace, program.replace('.mjs', ''));
  const wanted = closure(packages);
  const dependencies = Object.fromEntries(wanted.map((name) => [`@gradus/${name}`, `file:${archives.get(name)}`]));
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  const { ok, output } = npmInstall(folder);
  if (!ok) return { folder, ok, output };
  const found = readdirSync(join(folder, 'node_modules', '@gradus')).sort();
  const surprises = [
    ...found.filter((name) => !wanted.includes(name)),
    ...absent.filter((name) => found.includes(name)),
  ];
  return { folder, ok: surprises.length === 0, output: `installed without need: ${surprises.join(', ')}` };
}

/** Types as a careful user checks them: every declaration file, with the language's own library and the platform's types. */
function checkTypes(folder, file, platform) {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (platform) {
    const installed = npmInstall(folder, `@types/${platform}@${devDependencies[`@types/${platform}`]}`);
    if (!installed.ok) return installed;
  }
  const options = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--skipLibCheck',
    'false',
    '--types',
    platform,
  ];
  const target = ['--target', 'es2022', '--lib', 'es2022', '--module', 'nodenext'];
  return run(
    process.execPath,
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...options, ...target, file],
    folder,
  );
}

try {
  const archives = packAll();
  const runtimes = nodes();
  for (const consumer of consumers) {
    const { title, program, packages, types, platform = '' } = consumer;
    const installed = install(consumer, archives);
    report(`${title}: install ${packages.join(', ')}`, installed);
    if (!installed.ok) continue;
    for (const file of [program, types]) {
      if (file) copyFileSync(join(root, 'scripts', 'consumers', file), join(installed.folder, file));
    }
    for (const [label, node] of runtimes) report(`${title}: run on ${label}`, run(node, [program], installed.folder));
    if (types) report(`${title}: types with lib es2022`, checkTypes(installed.folder, types, platform));
  }
} finally {
  rmSync(workplace, { recursive: true });
}
process.exitCode = failures === 0 ? 0 : 1;
