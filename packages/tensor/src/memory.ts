import { type Backend, defaultBackend, registry } from '@gradus/backend';
import { AutogradError, BackendError, type DType, formatShape, itemSize, type Layout, Storage } from '@gradus/storage';
import type { Tensor } from './tensor.ts';

/** The backend itself, or the name of one that is live. */
export type BackendRef = Backend | string;

export function resolveBackend(backend: BackendRef | undefined): Backend {
  if (backend === undefined) return defaultBackend();
  return typeof backend === 'string' ? registry.get(backend) : backend;
}

/** Runs when a storage was collected that nobody released. */
const finalizers = new FinalizationRegistry<() => void>((release) => release());

/** Storage whose buffer is given back when it is collected, for backends whose memory the engine doesn't collect. */
class FinalizedStorage extends Storage<Backend> {
  constructor(backend: Backend, handle: unknown, byteLength: number) {
    super(backend, handle, byteLength);
    finalizers.register(this, backend.finalizer ? backend.finalizer(handle) : () => backend.release(handle), this);
  }

  override release(): boolean {
    return super.release() && finalizers.unregister(this);
  }
}

/** New memory on a backend, content undefined. */
export function allocateStorage(backend: Backend, layout: Layout, dtype: DType): Storage<Backend> {
  const { dtypes, garbageCollected } = backend.capabilities;
  if (!dtypes.has(dtype)) {
    throw new BackendError(`backend '${backend.name}' has no ${dtype}; it has ${[...dtypes].join(', ')}`);
  }
  const byteLength = layout.size * itemSize(dtype);
  const handle = backend.allocate(byteLength);
  return garbageCollected
    ? new Storage(backend, handle, byteLength)
    : new FinalizedStorage(backend, handle, byteLength);
}

/** Tensors made since the innermost scope began; null outside every scope. */
let scoped: Tensor[] | null = null;
let leaks: Map<Tensor, string> | null = null;

/** Every new tensor handle passes here. */
export function track(tensor: Tensor): void {
  if (scoped !== null) scoped.push(tensor);
  if (leaks !== null) leaks.set(tensor, creationStack());
}

/** Whether `track` has anything to do; tensors ask before they call it. */
export function isTracking(): boolean {
  return scoped !== null || leaks !== null;
}

/** Every disposed handle passes here while leaks are tracked. */
export function untrack(tensor: Tensor): void {
  leaks?.delete(tensor);
}

/** Tensors that outlive the scopes they are made in. */
const kept = new WeakSet<Tensor>();

/** Exempts a tensor from the scope that it was made in: for gradients, optimizer state, running statistics. */
export function keep(tensor: Tensor): Tensor {
  if (scoped !== null) kept.add(tensor);
  return tensor;
}

/**
 * Runs `body` and disposes every tensor made meanwhile, except those that it returns (alone, or in arrays and plain
 * objects). Synchronous: a callback that returns a promise is refused, since tensors of others could be made before it
 * settles.
 */
export function scope<T>(body: () => T): T {
  const outer = scoped;
  const inner: Tensor[] = [];
  scoped = inner;
  let result: T;
  try {
    result = body();
    if (result instanceof Promise)
      throw new AutogradError('scope: the callback returned a promise; scopes are synchronous');
  } catch (error) {
    for (const tensor of inner) if (!kept.has(tensor)) tensor.dispose();
    throw error;
  } finally {
    scoped = outer;
  }
  const isReturned = membership(result);
  for (const tensor of inner) {
    if (kept.has(tensor)) continue;
    if (!isReturned(tensor)) tensor.dispose();
    else if (outer !== null) outer.push(tensor);
  }
  return result;
}

/** Whether a tensor is what a scope returned, or part of it. Most return one tensor, or a list of them. */
function membership(result: unknown): (tensor: Tensor) => boolean {
  if (isTensor(result)) return (tensor) => tensor === result;
  if (Array.isArray(result) && result.every((part) => part === null || isTensor(part)))
    return (tensor) => result.includes(tensor);
  const returned = new Set<unknown>();
  collectTensors(result, returned);
  return (tensor) => returned.has(tensor);
}

function collectTensors(value: unknown, into: Set<unknown>): void {
  if (typeof value !== 'object' || value === null || into.has(value)) return;
  into.add(value);
  if (isTensor(value)) return;
  if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) {
    for (const part of Object.values(value)) collectTensors(part, into);
  }
}

function isTensor(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'storage' in value && 'layout' in value;
}

/** A tensor that was made while leaks were tracked and not disposed. */
export interface Leak {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly bytes: number;
  /** The call stack of its creation, the op first. */
  readonly stack: string;
}

/** Starts noting where every tensor is made; slow, for finding leaks only. The returned function stops and reports. */
export function trackLeaks(): () => readonly Leak[] {
  const tracked = new Map<Tensor, string>();
  leaks = tracked;
  return () => {
    if (leaks === tracked) leaks = null;
    return [...tracked].map(([tensor, stack]) => ({
      shape: tensor.layout.shape,
      dtype: tensor.dtype,
      bytes: tensor.layout.size * itemSize(tensor.dtype),
      stack,
    }));
  };
}

/** A leak report as text: a line per tensor, with the op and the line of the program that made it. */
export function formatLeaks(found: readonly Leak[]): string {
  const lines = found.map(
    ({ shape, dtype, bytes, stack }) => `${dtype} ${formatShape(shape)}, ${bytes} bytes, made at\n${stack}`,
  );
  return `${found.length} ${found.length === 1 ? 'tensor' : 'tensors'} not disposed\n${lines.join('\n')}`;
}

function creationStack(): string {
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  return lines
    .filter((line) => !/memory\.[jt]s|new Tensor/.test(line))
    .slice(0, 6)
    .join('\n');
}
