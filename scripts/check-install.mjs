// Installs the packed packages in empty folders outside the repository, only those that a program needs, and runs that
// program there: on the oldest Node that the packages support and on the project's own. Prints one line per check.
// Needs a build (`pnpm build`) and npm.
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodes } from './nodes.mjs';
import { install, npmInstall, packAll, report, root, run } from './packed.mjs';

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

const workplace = mkdtempSync(join(tmpdir(), 'gradus-install-'));
try {
  const archives = packAll(workplace);
  const runtimes = nodes();
  for (const consumer of consumers) {
    const { title, program, packages, types, platform = '' } = consumer;
    const folder = join(workplace, program.replace('.mjs', ''));
    const installed = install(folder, consumer, archives);
    report(`${title}: install ${packages.join(', ')}`, installed);
    if (!installed.ok) continue;
    for (const file of [program, types]) {
      if (file) copyFileSync(join(root, 'scripts', 'consumers', file), join(folder, file));
    }
    for (const [label, node] of runtimes) report(`${title}: run on ${label}`, run(node, [program], folder));
    if (types) report(`${title}: types with lib es2022`, checkTypes(folder, types, platform));
  }
} finally {
  rmSync(workplace, { recursive: true });
}
