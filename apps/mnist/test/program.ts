import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in a folder to its end; `onOutput` sees all of stderr so far, and may send a signal. */
export function run(
  folder: string,
  args: readonly string[],
  onOutput: (stderr: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Ended> {
  const { INIT_CWD: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--conditions=@gradus/source', main, ...args], { cwd: folder, env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    onOutput(stderr, (signal) => child.kill(signal));
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
