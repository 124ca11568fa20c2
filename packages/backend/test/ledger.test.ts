import { expect, test } from 'vitest';
import { evict, Ledger } from '../src/index.ts';

test('counts what is lent, and the most that ever was', () => {
  const ledger = new Ledger<string>();
  ledger.lend(100);
  ledger.lend(50);
  ledger.takeBack(100);
  ledger.lend(20);
  expect(ledger.counts).toEqual({ liveBuffers: 2, liveBytes: 70, pooledBytes: 0, peakBytes: 150 });
});

test('reuses what was kept last, of exactly the capacity', () => {
  const ledger = new Ledger<string>();
  ledger.keep('a', 64);
  ledger.keep('b', 64);
  ledger.keep('c', 128);
  expect(ledger.counts.pooledBytes).toBe(256);
  expect([64, 64, 64, 96, 128].map((capacity) => ledger.reuse(capacity))).toEqual([
    'b',
    'a',
    undefined,
    undefined,
    'c',
  ]);
  expect(ledger.counts.pooledBytes).toBe(0);
});

test('gives up the capacities that came first until no more than asked for is kept', () => {
  const ledger = new Ledger<string>();
  for (const [name, capacity] of [
    ['a', 64],
    ['b', 128],
    ['c', 64],
    ['d', 256],
  ] as const)
    ledger.keep(name, capacity);
  expect(evict(ledger, 400)).toEqual(['c', 'a']);
  expect(ledger.counts.pooledBytes).toBe(384);
  expect(ledger.reuse(64)).toBe(undefined);
  expect(evict(ledger, 0)).toEqual(['b', 'd']);
  expect(ledger.counts.pooledBytes).toBe(0);
});
