import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const bundles = new Map<string, Promise<string>>();

/**
 * A contender with all that it imports as one module, as a page would ship it. (TensorFlow.js has its gradients in
 * modules that Node can't load as they are.)
 *
 * @returns the module's path.
 */
export function bundle(contender: string): Promise<string> {
  const bundled = bundles.get(contender) ?? write(contender);
  bundles.set(contender, bundled);
  return bundled;
}

async function write(contender: string): Promise<string> {
  const outfile = folder(`../node_modules/.cache/bench/${contender}.mjs`);
  await build({
    entryPoints: [folder(`contenders/${contender}/index.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'esnext',
    conditions: ['@gradus/source'],
    mainFields: ['module', 'main'],
    // What TensorFlow.js requires where there is no fetch and no crypto; Node has both. The GPU's library is no JavaScript.
    external: ['node-fetch', 'webgpu'],
    banner: { js: commonJs },
    logLevel: 'error',
  });
  return outfile;
}

/** What modules find around them where they are written for Node's CommonJS. */
const commonJs = `
import { createRequire as requireBeside } from 'node:module';
const require = requireBeside(import.meta.url);
const __dirname = import.meta.dirname;
const __filename = import.meta.filename;`;
