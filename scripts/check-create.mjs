// Makes new projects with the packed create-gradus, installs them with every package manager that is to be had, from the packed
// packages, and runs them: trainers on the oldest Node and on the project's own, pages built and opened in headless Chromium, where they
// have to learn. Prints one line per check. Arguments name the package managers to try: `npm pnpm`; default: all. Needs a build (`pnpm build`) and npm; Chromium for the pages.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { chromium } from 'playwright';
import { preview } from 'vite';
import { chromiumArguments, findChromium } from './chromium.ts';
import { nodes } from './nodes.mjs';
import { closure, npmInstall, packAll, report, root, run } from './packed.mjs';

const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Package managers by the command that runs them, and the projects that each installs: [template, language]. */
const managers = {
  npm: { command: ['npm'], projects: ['node ts', 'node js', 'vite ts', 'vite js'] },
  pnpm: { command: ['npx', '--yes', packageManager], projects: ['node ts', 'vite js'] },
  yarn: { command: ['npx', '--yes', 'yarn@1.22.22'], projects: ['node js', 'vite ts'] },
  bun: { command: ['npx', '--yes', 'bun@1.4.5'], projects: ['node js', 'vite ts'] },
};

/** create-gradus as a user gets it: the path of its program. */
function installTool(workplace, archives) {
  const folder = join(workplace, 'tool');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  report('install create-gradus', npmInstall(folder, archives.get('create-gradus')));
  return join(folder, 'node_modules', 'create-gradus', 'dist', 'index.js');
}

/** Lets a project take the packed packages instead of those of a registry, which each package manager calls by another name. */
function usePacked(folder, archives) {
  const path = join(folder, 'package.json');
  const { dependencies, ...manifest } = JSON.parse(readFileSync(path, 'utf8'));
  const packed = Object.fromEntries(
    closure(['gradus']).map((name) => [`@gradus/${name}`, `file:${archives.get(name)}`]),
  );
  const { '@gradus/gradus': gradus, ...overrides } = packed;
  const changed = {
    ...manifest,
    dependencies: { ...dependencies, '@gradus/gradus': gradus },
    overrides,
    resolutions: overrides,
  };
  writeFileSync(path, JSON.stringify(changed, null, 2));
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), JSON.stringify({ overrides }));
}

/** As it is when this begins: Vite, run from here, declares the process a production, where no development dependency is installed. */
const environment = { ...process.env, CI: '' };
const envOf = (node) => ({ ...environment, PATH: [dirname(node), environment.PATH].join(delimiter) });

/** Whether a trainer learned, by what it printed, and saved its model. */
function judgeTrainer(folder, { ok, output }) {
  const accuracy = Number(/accuracy on new points: ([\d.]+) %/.exec(output)?.[1]);
  return { ok: ok && accuracy > 95 && existsSync(join(folder, 'model.safetensors')), output };
}

/** Opens a page and waits until it has learned. */
async function watch(browser, url) {
  const tab = await browser.newPage();
  try {
    const failed = new Promise((_, reject) => tab.once('pageerror', reject));
    await tab.goto(url);
    const learned = tab.getByRole('status').filter({ hasText: /accuracy (9[5-9]|100)/ });
    await Promise.race([learned.waitFor({ timeout: 60_000 }), failed]);
    return { ok: true };
  } catch (error) {
    const status = await tab.getByRole('status').textContent({ timeout: 1000 }).catch(String);
    return { ok: false, output: `${error}\n${status}` };
  } finally {
    await tab.close();
  }
}

/** Opens what is built. */
async function watchBuilt(browser, folder) {
  const server = await preview({ root: folder, configFile: false, preview: { port: 0 } });
  const seen = await watch(browser, server.resolvedUrls.local[0]);
  await server.close();
  return seen;
}

/** Opens what the development server serves, as started by `npm start`. */
async function watchServed(browser, folder) {
  const child = spawn(process.execPath, [join(folder, 'node_modules', 'vite', 'bin', 'vite.js'), '--port', '0'], {
    cwd: folder,
  });
  try {
    let output = '';
    const url = await new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error(output)));
      child.stdout.on('data', (data) => {
        output += data;
        const found = /http:\/\/localhost:\d+/.exec(stripVTControlCharacters(output));
        if (found) resolve(found[0]);
      });
    });
    return await watch(browser, url);
  } finally {
    child.removeAllListeners('exit');
    child.kill();
  }
}

async function checkProject({ workplace, tool, archives, runtimes, browser }, name, command, project) {
  const [template, language] = project.split(' ');
  const folder = join(workplace, `${name}-${template}-${language}`);
  const title = `${name}, ${template}, ${language}`;
  const [program, ...first] = command;
  const manager = (node, ...args) => run(program, [...first, ...args], folder, envOf(node));
  const [[, oldest]] = runtimes;
  const [, newest] = runtimes.at(-1);

  const made = run(oldest, [tool, folder, '--template', template, '--language', language], workplace);
  if (made.ok) usePacked(folder, archives);
  const installed = made.ok ? manager(newest, 'install') : made;
  report(`${title}: install`, installed);
  if (!installed.ok) return;

  if (template === 'node') {
    for (const [label, node] of name === 'npm' ? runtimes : runtimes.slice(-1)) {
      report(`${title}: train on ${label}`, judgeTrainer(folder, manager(node, 'run', 'start')));
    }
    return;
  }
  const built = manager(newest, 'run', 'build');
  report(`${title}: build`, built);
  if (!built.ok || browser === null) return;
  report(`${title}: the built page learns`, await watchBuilt(browser, folder));
  if (name === 'npm') report(`${title}: the served page learns`, await watchServed(browser, folder));
}

const workplace = mkdtempSync(join(tmpdir(), 'gradus-create-'));
const executablePath = findChromium();
const browser = executablePath ? await chromium.launch({ executablePath, args: chromiumArguments }) : null;
if (browser === null) console.log('LEFT OUT: the pages. Install Chromium, or let the variable CHROMIUM name one.');
try {
  const archives = packAll(workplace);
  const everything = { workplace, archives, browser, tool: installTool(workplace, archives), runtimes: nodes() };
  const wanted = process.argv.slice(2);
  for (const [name, { command, projects }] of Object.entries(managers)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const [program, ...first] = command;
    if (!run(program, [...first, '--version'], workplace).ok) {
      console.log(`LEFT OUT: ${name}, which is not to be had here`);
      continue;
    }
    for (const project of projects) await checkProject(everything, name, command, project);
  }
} finally {
  await browser?.close();
  rmSync(workplace, { recursive: true });
}
