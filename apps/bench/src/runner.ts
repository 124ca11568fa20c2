import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { vulkanEnvironment } from '../../../scripts/vulkan.ts';
import { bundle } from './bundle.ts';
import type { Workload } from './workloads/index.ts';

/** Who takes part: a name for the table, and the command of its process. */
export interface Entrant {
  readonly name: string;
  command(workload: Workload): Promise<readonly [program: string, ...args: string[]]>;
}

/** Debian's interpreter, which its python3-torch belongs to, unless another is named. */
export const python: string = process.env.PYTHON ?? '/usr/bin/python3';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

function inNode(name: string, contender: string, exported: string): Entrant {
  return {
    name,
    command: async (workload) => {
      const script = [here('child.ts'), await bundle(contender), exported];
      return [process.execPath, ...script, JSON.stringify(workload)];
    },
  };
}

/** The first is the one that the others are compared with. */
export const entrants: readonly Entrant[] = [
  inNode('gradus wasm', 'gradus', 'onWasm'),
  inNode('gradus wasm, 2 threads', 'gradus', 'onTwoThreads'),
  inNode('gradus cpu', 'gradus', 'onCpu'),
  inNode('gradus webgpu', 'gradus', 'onGPU'),
  inNode('tfjs cpu', 'tfjs', 'onCpu'),
  inNode('tfjs wasm', 'tfjs', 'onWasm'),
  inNode('tfjs webgpu', 'tfjs', 'onGPU'),
  inNode('jax-js wasm, eager', 'jax-js', 'eager'),
  inNode('jax-js wasm, jit', 'jax-js', 'compiled'),
  inNode('jax-js webgpu, eager', 'jax-js', 'eagerOnGPU'),
  inNode('jax-js webgpu, jit', 'jax-js', 'compiledOnGPU'),
  {
    name: 'PyTorch, 1 thread',
    // -B: no compiled files beside the sources.
    command: async (workload) => [python, '-B', here('contenders/pytorch/main.py'), JSON.stringify(workload)],
  },
];

export interface Measurement {
  /** Of a step. */
  readonly milliseconds: number;
  readonly value: number;
  /** Of those that compute on a GPU. */
  readonly launches?: Launches;
}

/** What a step asks of the GPU. */
export interface Launches {
  readonly dispatches: number;
  /** Milliseconds in which the host prepares them. */
  readonly host: number;
}

/** A contender's process. */
export class Runner {
  readonly name: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  /** When it has ended and all that it wrote was read. */
  readonly #closed: Promise<unknown>;
  #errors = '';

  constructor(name: string, [program, ...args]: readonly [program: string, ...args: string[]]) {
    this.name = name;
    // A GPU in software where there is none of another kind.
    this.#process = spawn(program, args, { env: { ...process.env, ...vulkanEnvironment() } });
    this.#closed = new Promise((resolve) => this.#process.on('close', resolve));
    this.#process.stderr.on('data', (text) => {
      this.#errors += String(text);
    });
    this.#process.on('error', (error) => {
      this.#errors += error.message;
    });
    // Writing to a process that has ended fails; its silence is reported where the answer is awaited.
    this.#process.stdin.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Takes that many steps. Throws what the process wrote to its standard error if it ends instead. */
  async run(steps: number): Promise<Measurement> {
    this.#process.stdin.write(`${steps}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) {
        await this.#closed;
        throw new Error(this.#complaint());
      }
      // Libraries greet on standard output.
      if ((value as string).startsWith('{')) return JSON.parse(value as string) as Measurement;
    }
  }

  /** The last error that the process wrote of, in a line, without the call stack. */
  #complaint(): string {
    const lines = this.#errors.split('\n').filter((line) => !/^\s+at |^Node\.js v|^\s*$/.test(line));
    const error = lines.findLastIndex((line) => /^\w*Error\b/.test(line));
    return lines.slice(error === -1 ? -4 : error).join(' ');
  }

  async stop(): Promise<void> {
    this.#process.kill();
    await this.#closed;
  }
}
