import { nodeModule } from '@gradus/storage';

type FileSystem = typeof import('node:fs/promises');

/**
 * Writes a file and its folders, so that at every moment, a crash or a loss of power included, the path holds either what it
 * held before or all of the new bytes: they go to a temporary file beside it, which is synced, takes the path's place in one
 * step, and the folder is synced too. `op` names the caller where there are no files.
 */
export async function replaceFile(op: string, path: string, parts: readonly Uint8Array[]): Promise<void> {
  const files = nodeModule<FileSystem>(op, 'node:fs/promises');
  const { dirname } = nodeModule<typeof import('node:path')>(op, 'node:path');
  const folder = dirname(path);
  await files.mkdir(folder, { recursive: true });
  const unfinished = `${path}.unfinished`;
  try {
    await writeSynced(files, unfinished, parts);
    await files.rename(unfinished, path);
  } catch (error) {
    await files.rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(files, folder);
}

async function writeSynced({ open }: FileSystem, path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Windows can't open folders, and needs no such sync. */
async function syncFolder({ open }: FileSystem, path: string): Promise<void> {
  const { platform } = nodeModule<typeof import('node:process')>('syncing a folder', 'node:process');
  if (platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
