import { BackendError, Layout, Storage } from '@gradus/storage';
import { describe, expect, test } from 'vitest';
import { allocateView, type Backend, type Capabilities, dispatch, HostBackend, type View } from '../src/index.ts';
import { cholesky, svdvals } from '../src/linalg/index.ts';

/** A backend of the host's own kernels whose memory is its secret. */
function opaque(syncRead: boolean): Backend {
  const inner = new HostBackend('inner');
  const capabilities: Capabilities = { ...inner.capabilities, syncRead };
  return {
    name: 'opaque',
    capabilities,
    allocate: (byteLength) => inner.allocate(byteLength),
    release: (handle) => inner.release(handle as never),
    upload: (handle, offset, bytes) => inner.upload(handle as never, offset, bytes),
    download: (handle, offset, length) => inner.download(handle as never, offset, length),
    downloadSync: (handle, offset, length) => inner.downloadSync(handle as never, offset, length),
    launch: (kernel) => inner.launch(kernel),
    supports: () => false,
    synchronize: () => inner.synchronize(),
    memory: () => inner.memory(),
    dispose: () => inner.dispose(),
  };
}

function view(backend: Backend, shape: readonly number[], values: readonly number[] = []): View {
  const result = allocateView(backend, shape, 'float32');
  backend.upload(result.storage.handle, 0, new Uint8Array(Float32Array.from(values).buffer));
  return result;
}

async function read({ storage }: View): Promise<readonly number[]> {
  const bytes = await storage.owner.download(storage.handle, 0, storage.byteLength);
  return [...new Float32Array(bytes.slice().buffer)];
}

describe('a backend without factorizations', () => {
  test('computes them on the host where it reads synchronously, strided views too', async () => {
    const backend = opaque(true);
    const stored = view(backend, [2, 4], [4, 9, 2, 9, 2, 9, 5, 9]);
    const x: View = { ...stored, layout: new Layout([2, 2], [2, 4], 0) };
    const target = view(backend, [2, 4], [0, 7, 0, 7, 0, 7, 0, 7]);
    const output: View = { ...target, layout: new Layout([2, 2], [4, 2], 0) };
    const bytes = backend.allocate(4);
    const info: View = { storage: new Storage(backend, bytes, 4), layout: Layout.contiguous([]), dtype: 'int32' };
    const before = backend.memory().liveBuffers;
    dispatch(backend, {
      kind: 'fused',
      name: 'factorization',
      algorithm: cholesky,
      inputs: [x],
      outputs: [output, info],
    });
    expect(await read(target)).toEqual([2, 7, 0, 7, 1, 7, 2, 7]);
    expect(backend.memory().liveBuffers).toBe(before);
  });

  test('refuses them elsewhere, and says where to go', () => {
    const backend = opaque(false);
    const kernel = {
      kind: 'fused',
      name: 'factorization',
      algorithm: svdvals,
      inputs: [view(backend, [1, 1], [3])],
      outputs: [view(backend, [1], [0])],
    } as const;
    expect(() => dispatch(backend, kernel)).toThrow(BackendError);
    expect(() => dispatch(backend, kernel)).toThrow(
      "svdvals: backend 'opaque' doesn't factorize matrices; move them to one that has host memory, with await x.transfer('cpu')",
    );
  });
});
