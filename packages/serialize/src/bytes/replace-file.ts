import { nodeModule } from '@gradus/storage';

const fileSystem = (): typeof import('node:fs/promises') => nodeModule('saving a file', 'node:fs/promises');

/**
 * Writes a file and its folders, so that at every moment, a crash or a loss of power included, the path holds either what it
 * held before or all of the new bytes: they go to a temporary file beside it, which is synced, takes the path's place in one
 * step, and the folder is synced too.
 */
export async function replaceFile(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const { mkdir, rename, rm } = fileSystem();
  const { dirname } = nodeModule<typeof import('node:path')>('saving a file', 'node:path');
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const unfinished = `${path}.unfinished`;
  try {
    await writeSynced(unfinished, parts);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

async function writeSynced(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const { open } = fileSystem();
  const file = await open(path, 'w');
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Windows can't open folders, and needs no such sync. */
async function syncFolder(path: string): Promise<void> {
  const { platform } = nodeModule<typeof import('node:process')>('saving a file', 'node:process');
  if (platform === 'win32') return;
  const { open } = fileSystem();
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
