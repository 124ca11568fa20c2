import { BackendError } from '@gradus/storage';
import { describe, expect, test, vi } from 'vitest';
import { type Backend, defaultBackend, HostBackend, Registry, registry, setInitialBackend, use } from '../src/index.ts';

const host = (name: string): Backend => new HostBackend(name);

describe('Registry', () => {
  test('loads a backend once, from whatever its loader gives', async () => {
    const loaders = {
      value: () => host('value'),
      promise: async () => host('promise'),
      factory: () => () => host('factory'),
      asynchronous: () => async () => host('asynchronous'),
      module: async () => ({ default: () => host('module') }),
      named: async () => ({ named: () => host('named'), default: 3 }),
    };
    for (const [name, loader] of Object.entries(loaders)) {
      const own = new Registry();
      const counted = vi.fn(loader);
      own.register(name, counted);
      const first = await own.load(name);
      expect(first.name).toBe(name);
      expect(await own.load(name)).toBe(first);
      expect(own.get(name)).toBe(first);
      expect(counted).toHaveBeenCalledTimes(1);
    }
  });

  test('makes a provided backend once, when it is first asked for, without waiting', async () => {
    const own = new Registry();
    const make = vi.fn(() => host('ready'));
    own.provide('ready', make);
    expect(own.names).toEqual(['ready']);
    expect(make).not.toHaveBeenCalled();
    const backend = own.get('ready');
    expect(backend.name).toBe('ready');
    expect(await own.load('ready')).toBe(backend);
    expect(make).toHaveBeenCalledTimes(1);
    const other = host('ready');
    await own.add(other);
    expect(own.get('ready')).toBe(other);
  });

  test('an unknown name is an error that lists the known ones and the mend', async () => {
    const own = new Registry();
    await expect(own.load('wasm')).rejects.toThrow(
      /unknown backend 'wasm': none is registered; registry.register\('wasm'/,
    );
    own.register('cpu', () => host('cpu'));
    expect(() => own.get('wasm')).toThrow(/known are cpu/);
    expect(() => own.get('cpu')).toThrow(/not loaded yet: await use\('cpu'\)/);
  });

  test('a failure keeps its cause, and is tried again', async () => {
    const own = new Registry();
    let attempts = 0;
    own.register('flaky', () => {
      if (attempts++ === 0) throw new Error('no network');
      return host('flaky');
    });
    await expect(own.load('flaky')).rejects.toMatchObject({
      name: 'BackendError',
      message: "backend 'flaky' failed to load: no network",
      cause: { message: 'no network' },
    });
    expect((await own.load('flaky')).name).toBe('flaky');
  });

  test('a module without a backend is an error', async () => {
    const own = new Registry();
    own.register('empty', async () => ({ other: 1 }));
    await expect(own.load('empty')).rejects.toThrow(/exports no backend as 'default' or 'empty'/);
  });

  test('initialises before a backend is live', async () => {
    const own = new Registry();
    const initialize = vi.fn(async () => {});
    const backend = Object.assign(new HostBackend('slow'), { initialize });
    await own.add(backend);
    await own.add(backend);
    expect(initialize).toHaveBeenCalledTimes(1);
    const broken = Object.assign(new HostBackend('broken'), { initialize: () => Promise.reject(new Error('no GPU')) });
    own.register('broken', () => broken);
    await expect(own.load('broken')).rejects.toThrow(/'broken' failed to load: no GPU/);
    expect(own.names).toContain('broken');
    expect(() => own.get('broken')).toThrow(BackendError);
  });
});

test('use sets the default backend; the last one wins', async () => {
  expect(() => defaultBackend()).toThrow(/no backend is in use: await use\(cpu\(\)\)/);
  const initial = host('initial');
  setInitialBackend(() => initial);
  expect(defaultBackend()).toBe(initial);
  const [a, b] = [host('a'), host('b')];
  const pending = use(a);
  expect(defaultBackend()).toBe(a);
  await pending;
  await use(b);
  expect(defaultBackend()).toBe(b);
  expect(await use('a')).toBe(a);
  expect(defaultBackend()).toBe(a);
  registry.register('later', async () => ({ default: () => host('later') }));
  expect((await use('later')).name).toBe('later');
  expect(defaultBackend().name).toBe('later');
  await expect(use('nobody')).rejects.toThrow(BackendError);
  expect(defaultBackend().name).toBe('later');
});
