import { describe, expect, test } from 'vitest';
import { cpu, defaultBackend, manualSeed, randn, tensor, use } from '../src/index.ts';

describe('the default backend', () => {
  test('is cpu from the start, without waiting', async () => {
    expect(defaultBackend().name).toBe('cpu');
    expect(await tensor([1, 2]).add(1).toArray()).toEqual([2, 3]);
  });

  test('is known by name', async () => {
    expect(await use('cpu')).toBe(defaultBackend());
    expect(tensor(1, { backend: 'cpu' }).backend).toBe(defaultBackend());
  });

  test('is the one in use after `use`', async () => {
    const first = defaultBackend();
    const other = cpu({ name: 'other' });
    await use(other);
    expect(tensor(1).backend).toBe(other);
    await use(first);
    expect(tensor(1).backend).toBe(first);
  });
});

test('gradients, random numbers and modules work together after one import', () => {
  manualSeed(0);
  const x = randn([3], { requiresGrad: true });
  x.mul(x).sum().backward();
  expect(x.grad?.toArraySync()).toEqual(x.detach().mul(2).toArraySync());
  // torch.manual_seed(0); torch.randn(3)
  const expected = [1.541, -0.2934, -2.1788];
  for (const [i, value] of x.detach().dataSync().entries()) expect(value).toBeCloseTo(expected[i] as number, 4);
});
