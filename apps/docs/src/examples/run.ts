import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** This app: every package can be imported here. */
const folder = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a program in TypeScript, and returns what it prints. */
export async function printedBy(code: string): Promise<string> {
  const args = ['--conditions=@gradus/source', '--input-type=module-typescript', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  return stdout;
}
