import { BackendError } from '@gradus/storage';
import type { Backend } from './backend.ts';

/** A backend, or how to make one. */
export type BackendSource = Backend | (() => Backend | Promise<Backend>);

/** What a lazy loader may give: a source, or a module that exports one as default or under the backend's name. */
export type BackendLoader = () => unknown;

/** Backends by name, loaded when first used. */
export class Registry {
  readonly #loaders = new Map<string, BackendLoader>();
  /** Those that need no waiting: they are live, or made when first asked for. */
  readonly #ready = new Map<string, () => Backend>();

  /** Makes `use(name)` work: `registry.register('mine', () => import('my-backend'))`. */
  register(name: string, loader: BackendLoader): void {
    this.#loaders.set(name, loader);
    this.#ready.delete(name);
  }

  /**
   * Makes the name work everywhere without a `use` before it, for a backend that has no `initialize`. It is made when it is
   * first asked for, once.
   */
  provide(name: string, make: () => Backend): void {
    this.#ready.set(name, () => this.#keep(make()));
  }

  /** Names that are known, loaded or not. */
  get names(): readonly string[] {
    return [...new Set([...this.#loaders.keys(), ...this.#ready.keys()])];
  }

  /** A backend that is live already, or was provided; throws a BackendError that says how to load it otherwise. */
  get(name: string): Backend {
    const ready = this.#ready.get(name);
    if (ready) return ready();
    if (this.#loaders.has(name)) throw new BackendError(`backend '${name}' is not loaded yet: await use('${name}')`);
    throw this.#unknown(name);
  }

  /** Loads (once) and initialises a backend. A failure is not remembered: the next call tries again. */
  async load(name: string): Promise<Backend> {
    const loader = this.#loaders.get(name);
    if (!loader || this.#ready.has(name)) return this.get(name);
    try {
      return await this.add(await resolve(await loader(), name));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new BackendError(`backend '${name}' failed to load: ${reason}`, { cause });
    }
  }

  /** Makes a backend live under its own name. */
  async add(backend: Backend): Promise<Backend> {
    if (backend.initialize && this.#ready.get(backend.name)?.() !== backend) await backend.initialize();
    return this.#keep(backend);
  }

  #keep(backend: Backend): Backend {
    this.#ready.set(backend.name, () => backend);
    return backend;
  }

  #unknown(name: string): BackendError {
    const known = this.names.length > 0 ? `known are ${this.names.join(', ')}` : 'none is registered';
    return new BackendError(
      `unknown backend '${name}': ${known}; registry.register('${name}', () => import(...)) adds it`,
    );
  }
}

async function resolve(loaded: unknown, name: string): Promise<Backend> {
  const module = loaded as Readonly<Record<string, unknown>>;
  const source = isBackend(loaded) || typeof loaded === 'function' ? loaded : (module[name] ?? module.default);
  const backend: unknown = typeof source === 'function' ? await (source as () => unknown)() : source;
  if (!isBackend(backend)) {
    throw new BackendError(`its module exports no backend as 'default' or '${name}'`);
  }
  return backend;
}

function isBackend(value: unknown): value is Backend {
  return typeof value === 'object' && value !== null && 'launch' in value && 'allocate' in value;
}

export const registry: Registry = new Registry();

let current = (): Backend => {
  throw new BackendError("no backend is in use: await use(cpu()) from '@gradus/backend-cpu', or another backend");
};

/**
 * Makes a backend the default for new tensors: a value (`await use(cpu())`) or a known name (`await use('wasm')`).
 * Several can be live at once; tensors stay where they were made. A backend without `initialize` is the default as soon
 * as this is called, before the promise is awaited.
 */
export async function use(backend: Backend | string): Promise<Backend> {
  if (typeof backend === 'object' && !backend.initialize) current = () => backend;
  const live = await (typeof backend === 'string' ? registry.load(backend) : registry.add(backend));
  current = () => live;
  return live;
}

/** Says which backend new tensors get until the program calls `use`; it is asked whenever one is made. */
export function setInitialBackend(choose: () => Backend): void {
  current = choose;
}

/** The backend of new tensors. Throws a BackendError that names the mend when there is none. */
export function defaultBackend(): Backend {
  return current();
}
