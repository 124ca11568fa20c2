import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseOptions, UsageError } from '../src/options.ts';
import { commands, packageManager } from '../src/package-manager.ts';
import { packageName, whyNot } from '../src/target.ts';

const program = fileURLToPath(new URL('../src/index.ts', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradus-create-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function create(args: readonly string[], userAgent = 'npm/11.0.0 node/v26.10.0 linux x64') {
  const env = { ...process.env, npm_config_user_agent: userAgent };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');

describe('options', () => {
  test('everything can be said', () => {
    expect(parseOptions(['app', '--template', 'vite', '--language=js', '-y'])).toEqual({
      folder: 'app',
      template: 'vite',
      language: 'js',
      yes: true,
      help: false,
    });
  });

  test.each([
    [['--template', 'react'], "--template is node or vite, got 'react'"],
    [['--language', 'py'], "--language is ts or js, got 'py'"],
    [['a', 'b'], 'one folder is enough'],
    [['--force'], '--force'],
  ])('%j is refused', (args, reason) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(reason);
  });
});

test.each([
  ['npm/11.0.0 node/v24.0.0 linux x64 workspaces/false', 'npm'],
  ['pnpm/10.0.0 npm/? node/v24.0.0 linux x64', 'pnpm'],
  ['yarn/1.22.22 npm/? node/v24.0.0 linux x64', 'yarn'],
  ['bun/1.3.0 npm/? node/v24.0.0 linux x64', 'bun'],
  ['', 'npm'],
] as const)('the user agent %j is that of %s', (agent, name) => {
  expect(packageManager(agent)).toBe(name);
});

test.each([
  ['my-app', 'my-app'],
  ['somewhere/My App', 'my-app'],
  ['./_private', 'private'],
  ['Ünïcode', 'n-code'],
  ['--', undefined],
  ['node_modules', undefined],
])('a folder %j holds a package %j', (path, name) => {
  expect(packageName(path)).toBe(name);
});

test('only a folder that is empty is written to', () => {
  const [app, file] = [join(folder, 'app'), join(folder, 'file')];
  expect(whyNot(app)).toBeUndefined();
  mkdirSync(join(app, '.git'), { recursive: true });
  expect(whyNot(app)).toBeUndefined();
  writeFileSync(join(app, 'notes.txt'), 'mine');
  expect(whyNot(app)).toBe(`${app} is not empty`);
  writeFileSync(file, '');
  expect(whyNot(file)).toBe(`${file} is a file`);
  expect(whyNot(' ')).toBe('a folder needs a name');
  const { status, stderr } = create(['app', '--yes']);
  expect([status, stderr]).toEqual([1, expect.stringContaining('app is not empty')]);
  expect(readdirSync(app).sort()).toEqual(['.git', 'notes.txt']);
});

describe.each(['node', 'vite'])('a %s project', (template) => {
  test('in TypeScript', () => {
    expect(create(['my-app', '--template', template, '--language', 'ts'])).toMatchObject({ status: 0, stderr: '' });
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    const { name, dependencies, devDependencies } = JSON.parse(read('my-app', 'package.json'));
    expect({ name, dependencies }).toEqual({ name: 'my-app', dependencies: { '@gradus/gradus': `^${version}` } });
    expect(devDependencies).toHaveProperty('typescript');
    expect(read('my-app', '.gitignore')).toContain('node_modules/');
    expect(existsSync(join(folder, 'my-app', 'src', 'main.ts'))).toBe(true);
  });

  test('in JavaScript, where nothing names TypeScript', () => {
    create(['my-app', '--template', template, '--language', 'js']);
    const files = readdirSync(join(folder, 'my-app'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map(({ name }) => name).filter((name) => /tsconfig|\.ts$/.test(name))).toEqual([]);
    for (const { parentPath, name } of files) {
      expect(readFileSync(join(parentPath, name), 'utf8')).not.toMatch(/\b\w+\.ts\b|typescript/);
    }
  });
});

test.each(Object.entries(commands))('%s gets its own commands', (name, [install, start]) => {
  const { stdout } = create(['app', '--yes'], `${name}/1.0.0 npm/? node/v26.10.0 linux x64`);
  expect(stdout).toContain(`cd app\n  ${install}\n  ${start}\n`);
});

test('where nobody answers, what is open is an error, and --yes the mend', () => {
  const { status, stderr } = create(['app']);
  expect(status).toBe(1);
  expect(stderr).toContain('--yes');
  expect(existsSync(join(folder, 'app'))).toBe(false);
});

test('help', () => {
  expect(create(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('--template node|vite') });
});
