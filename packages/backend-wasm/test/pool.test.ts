import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import {
  allocateView,
  type Backend,
  expressions as e,
  input,
  type Kernel,
  mapProgram,
  plainReduceProgram,
  uniform,
  type View,
  withLayout,
} from '@gradus/backend';
import { convolution, convolutionInput, convolutionWeight } from '@gradus/backend/nn';
import { ArgumentError, BackendError, Layout, type Shape } from '@gradus/storage';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WasmBackend, wasm } from '../src/index.ts';
import type { TensorBuffer } from '../src/memory/tensor-buffer.ts';
import { serve } from '../src/pool/serve.ts';
import { launchLarge, splittingBackend } from './threads.ts';

const twice = mapProgram(['float32'], [], [e.add(input(0, 'float32'), input(0, 'float32'))]);

/** Runs a program over 0, 1, 2, ... and gives the results. */
function run(backend: Backend, program: typeof twice, length: number): Float32Array {
  const views = [0, 1].map(() => allocateView(backend, [length], 'float32'));
  const [x, y] = views as [(typeof views)[0], (typeof views)[0]];
  backend.upload(x.storage.handle, 0, new Uint8Array(Float32Array.from({ length }, (_, i) => i).buffer));
  backend.launch({ kind: 'map', program, inputs: [x], outputs: [y], uniforms: [] });
  const bytes = backend.downloadSync?.(y.storage.handle, 0, 4 * length) as Uint8Array<ArrayBuffer>;
  for (const { storage } of views) storage.release();
  return new Float32Array(bytes.buffer);
}

/** What a program prints that runs in a process of its own, in this package's folder. */
async function runInNode(program: string, flags: readonly string[] = []): Promise<string> {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const args = [...flags, '--conditions=@gradus/source', '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 50_000 });
  return stdout;
}

const doubled = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => 2 * i);

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('the life of a pool', () => {
  test('workers start with the first kernel that is large enough, and nobody waits for them', async () => {
    const worker = vi.fn(() => new Worker('setInterval(() => {}, 1000)', { eval: true }));
    const backend = new WasmBackend({ threads: 3, worker });
    run(backend, twice, 100);
    expect(worker).not.toHaveBeenCalled();
    expect(run(backend, twice, 200_000)).toEqual(doubled(200_000));
    expect(worker).toHaveBeenCalledTimes(2);
    // These workers never report: the calling thread stays on its own.
    expect(backend.runningThreads).toBe(1);
    expect(run(backend, twice, 200_000)).toEqual(doubled(200_000));
    await backend.dispose();
  });

  test('dispose ends the workers, and kernels run on', async () => {
    const workers: Worker[] = [];
    const { startWorker } = await import('../src/pool/pool-worker.ts');
    const worker = () => {
      const started = startWorker() as Worker;
      workers.push(started);
      return started;
    };
    const backend = await splittingBackend({ threads: 3, worker });
    const exits = workers.map((each) => new Promise((resolve) => each.once('exit', resolve)));
    await backend.dispose();
    await Promise.all(exits);
    expect(backend.capabilities.threads).toBe(1);
    expect(run(backend, twice, 1000)).toEqual(doubled(1000));
  });

  test('many backends at once, each with workers of its own', async () => {
    const backends = await Promise.all(Array.from({ length: 6 }, () => splittingBackend({ threads: 2 })));
    for (const backend of backends) expect(run(backend, twice, 5000)).toEqual(doubled(5000));
    await Promise.all(backends.map((backend) => backend.dispose()));
  });

  test('the workers of a backend that nobody holds end', async () => {
    const program = `
      import { startWorker } from './src/pool/pool-worker.ts'
      import { splittingBackend } from './test/threads.ts'
      let ended = 0
      const worker = () => startWorker().on('exit', () => ended++)
      for (let i = 0; i < 3; i++) await splittingBackend({ threads: 2, worker })
      while (ended < 3) {
        gc()
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      console.log(ended)
    `;
    expect(await runInNode(program, ['--expose-gc'])).toBe('3\n');
  });

  test.each([0, 1.5, -1, 65, Number.NaN])('%s threads are refused', (threads) => {
    expect(() => wasm({ threads })).toThrow(ArgumentError);
  });

  test('a process with workers ends by itself, and results are those of one thread', async () => {
    const program = `
      import { launchLarge, splittingBackend } from './test/threads.ts'
      const backend = await splittingBackend({ threads: 2 })
      launchLarge(backend)
      console.log(backend.runningThreads)
    `;
    expect(await runInNode(program)).toBe('2\n');
  });
});

describe('work on several threads', () => {
  test('new kernels and grown memory reach workers that sleep', async () => {
    const backend = await splittingBackend({ threads: 3 });
    for (const length of [1000, 100_000, 10_000_000]) {
      await setTimeout(20);
      expect(run(backend, twice, length)).toEqual(doubled(length));
    }
    const program = mapProgram(
      ['float32'],
      [],
      [e.sub(e.mul(input(0, 'float32'), input(0, 'float32')), input(0, 'float32'))],
    );
    expect(run(backend, program, 1000)[999]).toBe(999 * 998);
    await backend.dispose();
  });

  /** Numbers from -0.5 to 0.5 as a view. */
  function noise(backend: Backend, shape: Shape): View {
    const view = allocateView(backend, shape, 'float32');
    const values = Float32Array.from(
      { length: view.layout.size },
      (_, i) => (Math.imul(i + 1, 2654435761) >> 8) / 2 ** 24,
    );
    backend.upload(view.storage.handle, 0, new Uint8Array(values.buffer));
    return view;
  }

  const geometry = { stride: [1, 1], padding: [2, 2], dilation: [1, 1], groups: 2 };
  const [images, weights, planes] = [
    [3, 6, 17, 19],
    [8, 3, 5, 5],
    [3, 8, 17, 19],
  ] as const;

  /** Kernels whose results depend on the order of additions, with the shape of their output. */
  const launches: Readonly<Record<string, { shape: Shape; kernel: (backend: Backend, output: View) => Kernel }>> = {
    'a product': {
      shape: [130, 300],
      kernel: (backend, output) => {
        const [a, b] = [noise(backend, [130, 600]), noise(backend, [600, 300])];
        return { kind: 'matmul', a, b, output, accumulate: false };
      },
    },
    'a product of a transposed matrix': {
      shape: [130, 300],
      kernel: (backend, output) => {
        const [a, b] = [noise(backend, [600, 130]), noise(backend, [600, 300])];
        const across = withLayout(a, new Layout([130, 600], [1, 130]));
        return { kind: 'matmul', a: across, b, output, accumulate: true };
      },
    },
    'a convolution': {
      shape: planes,
      kernel: (backend, output) => {
        const [x, weight] = [noise(backend, images), noise(backend, weights)];
        return convolution({ input: x, weight, output, geometry });
      },
    },
    'the gradient of its input': {
      shape: images,
      kernel: (backend, output) => {
        const [gradient, weight] = [noise(backend, planes), noise(backend, weights)];
        return convolutionInput({ gradient, weight, output, geometry });
      },
    },
    'the gradient of its weights': {
      shape: weights,
      kernel: (backend, output) => {
        const [gradient, x] = [noise(backend, planes), noise(backend, images)];
        return convolutionWeight({ gradient, input: x, output, geometry });
      },
    },
    'sums along rows': {
      shape: [77, 1],
      kernel: (backend, output) => {
        const program = plainReduceProgram('sum', 'float32');
        return { kind: 'reduce', program, inputs: [noise(backend, [77, 5000])], output, axes: [1], uniforms: [] };
      },
    },
    'a sum of everything': {
      shape: [1],
      kernel: (backend, output) => {
        const program = plainReduceProgram('sum', 'float32');
        return { kind: 'reduce', program, inputs: [noise(backend, [300_001])], output, axes: [0], uniforms: [] };
      },
    },
    softmax: {
      shape: [50, 300],
      kernel: (backend, output) => {
        return { kind: 'fused', name: 'softmax', input: noise(backend, [50, 300]), output, axis: 1, log: false };
      },
    },
  };

  test.each(Object.entries(launches))(
    '%s has the same bits for any number of threads',
    async (_, { shape, kernel }) => {
      const results: Float32Array[] = [];
      for (const threads of [1, 2, 3, 5]) {
        const backend = await splittingBackend({ threads });
        const output = noise(backend, shape);
        backend.launch(kernel(backend, output));
        const bytes = backend.downloadSync(output.storage.handle as TensorBuffer, 0, output.storage.byteLength);
        results.push(new Float32Array(bytes.slice().buffer));
        await backend.dispose();
      }
      for (const result of results) expect(result).toEqual(results[0]);
    },
  );

  test('kernels that call JavaScript stay on the calling thread', async () => {
    const backend = await splittingBackend({ threads: 2 });
    const program = mapProgram(['float32'], [], [e.atan2(input(0, 'float32'), input(0, 'float32'))]);
    expect(run(backend, program, 1000)[999]).toBe(Math.fround(Math.atan2(999, 999)));
    await backend.dispose();
  });

  test('100,000 small jobs', { timeout: 120_000 }, async () => {
    const backend = await splittingBackend({ threads: 2 });
    const x = allocateView(backend, [256], 'float32');
    const handle = x.storage.handle as TensorBuffer;
    backend.upload(handle, 0, new Uint8Array(1024));
    const add = mapProgram(['float32'], ['float32'], [e.add(input(0, 'float32'), uniform(0, 'float32'))]);
    for (let step = 0; step < 100_000; step++) {
      backend.launch({ kind: 'map', program: add, inputs: [x], outputs: [x], uniforms: [1] });
    }
    expect(new Float32Array(backend.downloadSync(handle, 0, 1024).slice().buffer)).toEqual(
      new Float32Array(256).fill(100_000),
    );
    await backend.dispose();
  });
});

describe('where something fails', () => {
  /** A job may be over before a worker is awake. */
  function launchUntilJoined(backend: WasmBackend): void {
    for (let job = 0; job < 1000; job++) launchLarge(backend);
  }

  /** A worker that joins jobs, but does this in place of its share. */
  const workerThat = (share: string) => () =>
    new Worker(
      `require('node:worker_threads').parentPort.once('message', (assignment) => (${serve})(assignment, ${share}))`,
      { eval: true },
    );

  test('a worker that throws in a kernel gives a BackendError, and one thread from there on', async () => {
    const backend = await splittingBackend({ threads: 2, worker: workerThat('() => { throw new Error("trap") }') });
    expect(() => launchUntilJoined(backend)).toThrow(BackendError);
    expect(backend.capabilities.threads).toBe(1);
    expect(run(backend, twice, 1000)).toEqual(doubled(1000));
  });

  test('a worker that does not come back gives a BackendError in the end', async () => {
    const backend = await splittingBackend({ threads: 2, worker: workerThat('() => { for (;;); }') });
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (clock += 10_000));
    expect(() => launchUntilJoined(backend)).toThrow(/a worker does not come back from a kernel.*one thread$/);
    expect(run(backend, twice, 1000)).toEqual(doubled(1000));
  });

  test('a worker that cannot start gives a notice', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const worker = () => new Worker('throw new Error("forbidden")', { eval: true });
    const backend = new WasmBackend({ threads: 2, worker });
    launchLarge(backend);
    await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce());
    expect(warn.mock.lastCall?.[0]).toMatch(
      /^wasm: a worker can't be started \(forbidden\): kernels run on one thread/,
    );
    expect(backend.capabilities.threads).toBe(1);
    expect(run(backend, twice, 200_000)).toEqual(doubled(200_000));
  });

  test('without shared memory there is one thread, and one notice where more were expected', async () => {
    vi.resetModules();
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const { wasm } = await import('../src/index.ts');
    const backends = [wasm({ threads: 1 }), wasm({ threads: 2 }), wasm({ threads: 2 })];
    expect(backends.map(({ capabilities }) => capabilities.threads)).toEqual([1, 1, 1]);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.lastCall?.[0]).toMatch(/not cross-origin isolated/);
    for (const backend of backends) expect(run(backend, twice, 200_000)).toEqual(doubled(200_000));
  });
});
