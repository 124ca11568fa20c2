import { BackendError } from '@gradus/storage';

/** What the npm package `webgpu` exports. */
interface DawnModule {
  create(options: readonly string[]): GPU;
}

/** Dawn's way to GPUs, made once and kept: the process crashes once it is collected, even after its devices were destroyed. */
let dawn: GPU | null = null;

/**
 * The way to GPUs: `navigator.gpu` in windows, workers and Deno; in Node and Bun the npm package `webgpu` (Dawn).
 *
 * @throws BackendError where there is none
 */
export async function findGPU(): Promise<GPU> {
  const found = navigatorGPU();
  if (found) return found;
  if (!isNode()) {
    throw new BackendError(
      "webgpu: this browser has no WebGPU (navigator.gpu), or the page isn't served over https; use wasm() instead",
    );
  }
  dawn ??= (await importDawn()).create([]);
  return dawn;
}

/** What the platform has of its own. */
export function navigatorGPU(): GPU | undefined {
  return (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
}

function isNode(): boolean {
  return (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node !== undefined;
}

async function importDawn(): Promise<DawnModule> {
  // Not a literal, so that bundlers leave it alone: it is there only in Node, and only where it was installed.
  const name = 'webgpu';
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  } catch (cause) {
    throw new BackendError('webgpu: Node has no WebGPU of its own; install the package that gives it: npm i webgpu', {
      cause,
    });
  }
}
