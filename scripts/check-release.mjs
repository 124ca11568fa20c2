// What a release would publish, tried in a clean clone of the last commit: changesets turn into versions and changelogs, the packages are
// built and packed, and each archive is looked at. Nothing is published, and nothing here changes. Prints one line per check.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './pack.mjs';
import { report, root, run } from './packed.mjs';

const readJson = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));
const { packageManager } = readJson(root, 'package.json');

/** Every manifest of the clone's workspace, with its folder. */
function workspace(clone) {
  const folders = globSync('{packages,apps}/*/package.json', { cwd: clone }).map((path) => join(clone, path, '..'));
  return folders.map((folder) => ({ folder, manifest: readJson(folder, 'package.json') }));
}

/** The first line of what each changeset tells, by the packages that it names. */
function changesets(clone) {
  return globSync('.changeset/*.md', { cwd: clone, exclude: ['**/README.md'] }).map((path) => {
    const [, head, text] = readFileSync(join(clone, path), 'utf8').split(/^---$/m);
    return { names: [...head.matchAll(/^'(.+)':/gm)].map(([, name]) => name), text: text.trim().split('\n')[0] };
  });
}

/** What is wrong with a package whose changesets became a version. */
function judgeVersion({ folder, manifest }, before, told) {
  const texts = told.filter(({ names }) => names.includes(manifest.name)).map(({ text }) => text);
  const changelog = existsSync(join(folder, 'CHANGELOG.md')) ? readFileSync(join(folder, 'CHANGELOG.md'), 'utf8') : '';
  return [
    manifest.version === before ? `its version is still ${before}` : '',
    changelog.includes(`## ${manifest.version}`) ? '' : `its changelog has no ${manifest.version}`,
    ...texts.map((text) => (changelog.includes(text) ? '' : `its changelog lacks: ${text}`)),
  ].filter(Boolean);
}

/** What is wrong with a package as it would be served. */
function judgeArchive({ folder, manifest }, versions, workplace) {
  const unpacked = join(workplace, manifest.name.replace('/', '-'));
  mkdirSync(unpacked);
  spawnSync('tar', ['-xzf', pack(folder, workplace), '-C', unpacked, '--strip-components=1']);
  const packed = readJson(unpacked, 'package.json');
  const ranges = Object.entries({ ...packed.dependencies, ...packed.peerDependencies });
  const ours = ranges.filter(([name]) => versions.has(name));
  const files =
    JSON.stringify([packed.exports ?? {}, packed.bin ?? {}]).match(/(?<=")(\.\/)?(dist|src)\/[^"]+(?=")/g) ?? [];
  return [
    ...ours.map(([name, range]) => (range === `^${versions.get(name)}` ? '' : `it wants ${name} ${range}`)),
    ...files.map((file) => (existsSync(join(unpacked, file)) ? '' : `${file} is not in it`)),
    JSON.stringify(packed).includes('workspace:') ? 'a workspace range is left' : '',
    JSON.stringify(packed.exports ?? {}).includes('@gradus/source') ? 'the source condition is left' : '',
    existsSync(join(unpacked, 'README.md')) && existsSync(join(unpacked, 'LICENSE'))
      ? ''
      : 'it has no README or license',
  ].filter(Boolean);
}

/** Reports what is wrong with each of several packages as one check. */
function reportAll(title, packages, judge) {
  const wrong = packages.flatMap((one) => judge(one).map((text) => `${one.manifest.name}: ${text}`));
  report(title, { ok: wrong.length === 0, output: wrong.join('\n') });
}

function checkRelease(workplace) {
  const clone = join(workplace, 'clone');
  const pnpm = (...args) => run('npx', ['--yes', packageManager, ...args], clone);
  report('clone', run('git', ['clone', '--quiet', root, clone], workplace));
  const installed = pnpm('install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only');
  report('install', installed);
  if (!installed.ok) return;

  const before = new Map(workspace(clone).map(({ manifest }) => [manifest.name, manifest.version]));
  const told = changesets(clone);
  report(`changeset version: ${told.length} changesets`, pnpm('changeset', 'version'));
  const published = workspace(clone).filter(({ manifest }) => !manifest.private);
  const versions = new Map(published.map(({ manifest }) => [manifest.name, manifest.version]));
  if (told.length > 0) {
    const [version] = versions.values();
    reportAll(`${published.length} packages become ${version}, with changelogs`, published, (one) =>
      judgeVersion(one, before.get(one.manifest.name), told),
    );
  }
  const same = new Set(versions.values()).size === 1;
  report('all packages bear one version', { ok: same, output: JSON.stringify([...versions]) });

  const built = pnpm('build');
  report('build', built);
  if (!built.ok) return;
  reportAll('the archives are whole', published, (one) => judgeArchive(one, versions, workplace));
  const dry = pnpm('--recursive', 'publish', '--dry-run', '--no-git-checks', '--report-summary');
  report('publish, dry', dry);
  const summary = join(clone, 'pnpm-publish-summary.json');
  const names = existsSync(summary) ? readJson(summary).publishedPackages.map(({ name }) => name) : [];
  const right = [...versions.keys()].sort().join() === names.sort().join();
  report('it would publish every package, and no app', { ok: right, output: names.join('\n') });
}

const workplace = mkdtempSync(join(tmpdir(), 'gradus-release-'));
try {
  checkRelease(workplace);
} finally {
  rmSync(workplace, { recursive: true });
}
