import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

type Exports = Record<string, string | { '@gradus/source'?: string }>;

/** The entry points of the package in the working directory: what its "exports" gives as sources. */
function entryPoints(): string[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Exports };
  return Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : (target['@gradus/source'] ?? []),
  );
}

const config: ReturnType<typeof defineConfig> = defineConfig({
  entry: entryPoints(),
  format: ['esm'],
  target: 'es2022',
  dts: false, // tsc -b writes the .d.ts files: tsup 9 cannot, with TypeScript 7
  sourcemap: true,
  clean: true,
  treeshake: false,
});
export default config;
