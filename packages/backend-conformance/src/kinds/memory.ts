import { allocateView, type Backend, copyView, fillProgram } from '@gradus/backend';
import { DisposedError } from '@gradus/storage';
import type { ConformanceCase } from '../case.ts';

function check(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

const accounting: ConformanceCase = {
  name: 'memory: live buffers and bytes are counted, and come back to what they were',
  dtypes: [],
  async run(backend) {
    const before = backend.memory();
    const handles = [0, 1, 12, 4096, 1_000_000].map((byteLength) => backend.allocate(byteLength));
    const during = backend.memory();
    check(during.liveBuffers === before.liveBuffers + 5, `${during.liveBuffers} buffers are live, not 5 more`);
    check(during.liveBytes >= before.liveBytes + 1_004_109, 'fewer bytes are live than were asked for');
    check(during.peakBytes >= during.liveBytes, 'the peak is below what is live');
    for (const handle of handles) backend.release(handle);
    await backend.synchronize();
    const after = backend.memory();
    check(
      after.liveBuffers === before.liveBuffers,
      `${after.liveBuffers} buffers are live, ${before.liveBuffers} before`,
    );
    check(after.liveBytes === before.liveBytes, `${after.liveBytes} bytes are live, ${before.liveBytes} before`);
  },
};

const transfers: ConformanceCase = {
  name: 'memory: bytes come back as they were uploaded, whole and in parts',
  dtypes: [],
  async run(backend) {
    for (const byteLength of [4, 8, 1000, 65_540]) {
      const bytes = Uint8Array.from({ length: byteLength }, (_, i) => (i * 31 + 7) & 255);
      const handle = backend.allocate(byteLength);
      backend.upload(handle, 0, bytes);
      await expectBytes(backend, handle, 0, bytes);
      const patch = Uint8Array.of(255, 0, 254, 1);
      const at = Math.floor((byteLength - 4) / 8) * 4;
      backend.upload(handle, at, patch);
      bytes.set(patch, at);
      await expectBytes(backend, handle, 0, bytes);
      await expectBytes(backend, handle, at, patch);
      backend.release(handle);
    }
  },
};

async function expectBytes(backend: Backend, handle: unknown, offset: number, expected: Uint8Array): Promise<void> {
  const read = [await backend.download(handle, offset, expected.length)];
  if (backend.capabilities.syncRead) {
    check(backend.downloadSync !== undefined, 'syncRead is promised, but there is no downloadSync');
    read.push(backend.downloadSync?.(handle, offset, expected.length) as Uint8Array);
  }
  for (const bytes of read) {
    check(bytes.length === expected.length, `${bytes.length} bytes came back instead of ${expected.length}`);
    check(
      bytes.every((byte, i) => byte === expected[i]),
      `bytes from ${offset} on came back changed`,
    );
    bytes.fill(0);
  }
}

const apart: ConformanceCase = {
  name: 'memory: live buffers share nothing, new or reused',
  dtypes: [],
  async run(backend) {
    for (let round = 0; round < 3; round++) {
      const handles = Array.from({ length: 6 }, () => backend.allocate(64));
      for (const [i, handle] of handles.entries()) backend.upload(handle, 0, new Uint8Array(64).fill(i + 1));
      for (const [i, handle] of handles.entries())
        await expectBytes(backend, handle, 0, new Uint8Array(64).fill(i + 1));
      for (const handle of handles) backend.release(handle);
    }
  },
};

const afterRelease: ConformanceCase = {
  name: 'memory: a launch on released memory is a DisposedError',
  dtypes: ['float32'],
  run(backend) {
    const [dead, live] = [allocateView(backend, [4], 'float32'), allocateView(backend, [4], 'float32')];
    dead.storage.release();
    const before = backend.memory();
    const fill = fillProgram('float32');
    const launches: readonly (() => void)[] = [
      () => backend.launch({ kind: 'map', program: fill, inputs: [], outputs: [dead], uniforms: [0] }),
      () => copyView(backend, dead, live),
    ];
    for (const launch of launches) {
      let caught: unknown;
      try {
        launch();
      } catch (error) {
        caught = error;
      }
      check(caught instanceof DisposedError, `a launch on released memory gave ${String(caught)}`);
    }
    check(backend.memory().liveBuffers === before.liveBuffers, 'a failed launch left buffers behind');
    live.storage.release();
  },
};

const inOrder: ConformanceCase = {
  name: 'memory: launches and transfers happen in the order they were asked for',
  dtypes: ['float32'],
  async run(backend) {
    const [a, b] = [allocateView(backend, [1000], 'float32'), allocateView(backend, [1000], 'float32')];
    const program = fillProgram('float32');
    for (let step = 1; step <= 50; step++) {
      backend.launch({ kind: 'map', program, inputs: [], outputs: [a], uniforms: [step] });
      copyView(backend, a, b);
    }
    const before = backend.download(b.storage.handle, 0, 4000);
    backend.upload(b.storage.handle, 0, new Uint8Array(4000));
    const filled = new Float32Array((await before).slice().buffer);
    check(
      filled.every((value) => value === 50),
      `the last of 50 fills did not arrive: ${filled[0]}`,
    );
    await expectBytes(backend, b.storage.handle, 0, new Uint8Array(4000));
    a.storage.release();
    b.storage.release();
  },
};

export const memoryCases: readonly ConformanceCase[] = [accounting, transfers, apart, afterRelease, inOrder];
