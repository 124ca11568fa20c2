import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findChromium } from './chromium.ts';

/** Where Debian puts the libraries that Chromium brings along. */
const folders = ['/usr/lib/chromium', '/opt/google/chrome'];

/**
 * The environment in which Dawn finds a GPU in Node: the machine's own, or, on a Linux without a graphics card, the one in
 * software (SwiftShader) that lies beside Chromium.
 */
export function vulkanEnvironment(): Record<string, string> {
  const { LD_LIBRARY_PATH, VK_ICD_FILENAMES } = process.env;
  if (VK_ICD_FILENAMES !== undefined || process.platform !== 'linux' || hasGraphicsCard()) return {};
  const chromium = findChromium();
  const candidates = chromium === undefined ? folders : [...folders, dirname(chromium)];
  const folder = candidates.find((candidate) => existsSync(join(candidate, 'vk_swiftshader_icd.json')));
  if (folder === undefined) return {};
  return {
    LD_LIBRARY_PATH: LD_LIBRARY_PATH ? `${folder}:${LD_LIBRARY_PATH}` : folder,
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
  };
}

function hasGraphicsCard(): boolean {
  return readdirSync('/dev').some((name) => name === 'dri' || name.startsWith('nvidia'));
}
