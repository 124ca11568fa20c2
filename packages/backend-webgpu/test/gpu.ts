import { test } from 'vitest';
import { webgpu } from '../src/index.ts';

/** Declares tests where there is a GPU, be it one in software; elsewhere a skipped one that says why. */
export async function describeOnGPU(declare: () => void): Promise<void> {
  const reason = await whyNoGPU();
  if (reason === null) declare();
  else test.skip(`LEFT OUT: tests of backend-webgpu (${reason})`, () => {});
}

async function whyNoGPU(): Promise<string | null> {
  const backend = webgpu();
  try {
    await backend.initialize();
    await backend.dispose();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
