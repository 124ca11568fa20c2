import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Sees all of stderr so far, and may send a signal. */
export type Watcher = (stderr: string, kill: (signal: NodeJS.Signals) => void) => void;

/** Runs a program in a folder to its end. */
export type Runner = (folder: string, args: readonly string[], onOutput?: Watcher) => Promise<Ended>;

/** What runs the program of a main file: `programAt(new URL('../src/main.ts', import.meta.url))`. */
export function programAt(main: URL): Runner {
  return (folder, args, onOutput = () => {}) => {
    const { INIT_CWD: _, ...env } = process.env;
    const command = ['--conditions=@gradus/source', fileURLToPath(main), ...args];
    const child = spawn(process.execPath, command, { cwd: folder, env });
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
  };
}
