import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * A contender with all that it imports as one module, as a page would ship it. (TensorFlow.js has its gradients in
 * modules that Node can't load as they are.)
 *
 * @returns the module's path.
 */
export async function bundle(contender: string): Promise<string> {
  const outfile = folder(`../node_modules/.cache/bench/${contender}.mjs`);
  await build({
    entryPoints: [folder(`contenders/${contender}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'esnext',
    conditions: ['@gradus/source'],
    mainFields: ['module', 'main'],
    // What TensorFlow.js requires where there is no fetch and no crypto; Node has both.
    external: ['node-fetch'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
}
