import type { Language, Template } from './options.ts';

export interface Manifest {
  readonly name: string;
  readonly private: true;
  readonly type: 'module';
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Versions that were seen to work together. */
const typescript = { typescript: '7.0.2' };
const vite = { vite: '8.3.8' };
const nodeTypes = { '@types/node': '24.19.2' };

/** The `package.json` of a new project, for the Gradus of a version. */
export function manifest(name: string, template: Template, language: Language, version: string): Manifest {
  const { scripts, devDependencies } = parts[template][language];
  const dependencies = { '@gradus/gradus': `^${version}` };
  const base = { name, private: true, type: 'module', scripts, dependencies } as const;
  return Object.keys(devDependencies).length === 0 ? base : { ...base, devDependencies };
}

type Parts = Pick<Required<Manifest>, 'scripts' | 'devDependencies'>;

const parts: Readonly<Record<Template, Readonly<Record<Language, Parts>>>> = {
  node: {
    // Compiled before it runs, so that it starts on every Node that Gradus supports.
    ts: { scripts: { start: 'tsc && node dist/main.js' }, devDependencies: { ...nodeTypes, ...typescript } },
    js: { scripts: { start: 'node src/main.js' }, devDependencies: {} },
  },
  vite: {
    ts: {
      scripts: { start: 'vite', build: 'tsc && vite build', preview: 'vite preview' },
      devDependencies: { ...typescript, ...vite },
    },
    js: { scripts: { start: 'vite', build: 'vite build', preview: 'vite preview' }, devDependencies: vite },
  },
};
