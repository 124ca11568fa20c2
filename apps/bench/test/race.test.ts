import { expect, test } from 'vitest';
import { race } from '../src/race.ts';
import { report } from '../src/report.ts';
import { type Entrant, entrants } from '../src/runner.ts';
import { type Workload, workloads } from '../src/workload.ts';

const quick = { rounds: 1, milliseconds: 1, warmup: 1 };
const tiny = workloads.find(({ name }) => name === 'tiny-mlp') as Workload;
const inNode = entrants.filter(({ name }) => !name.startsWith('PyTorch'));

test.each(workloads)('the contenders train the same $name', { timeout: 60_000 }, async (workload) => {
  const { results, absent } = await race(workload, inNode, quick);
  expect(absent).toEqual([]);
  expect(results.map(({ name }) => name)).toEqual(inNode.map(({ name }) => name));
  for (const { median } of results) expect(median).toBeGreaterThan(0);
});

test('a contender that trains something else is refused', { timeout: 60_000 }, async () => {
  const answer = `process.stdin.on('data', () => console.log('{"milliseconds": 1, "loss": 7}'))`;
  const impostor: Entrant = { name: 'impostor', command: async () => [process.execPath, '-e', answer] };
  await expect(race(tiny, [inNode[0] as Entrant, impostor], quick)).rejects.toThrow(
    /^impostor trains something else: loss 7, gradus cpu has/,
  );
});

test('a contender that does not start is named with its reason', { timeout: 60_000 }, async () => {
  const broken: Entrant = {
    name: 'broken',
    command: async () => [process.execPath, '-e', 'throw new Error("no torch")'],
  };
  const missing: Entrant = { name: 'missing', command: async () => ['./no-such-program'] };
  const result = await race(tiny, [inNode[0] as Entrant, broken, missing], quick);
  expect(result.absent[0]).toMatch(/^broken does not run here:\n[\s\S]*no torch/);
  expect(result.absent[1]).toMatch(/^missing does not run here:\n[\s\S]*ENOENT/);
  expect(report(result)).toContain('Not timed: broken does not run here');
});

test('the table compares everyone with the first', () => {
  const results = [
    { name: 'a', median: 2, best: 1, loss: 0 },
    { name: 'b', median: 3, best: 2.5, loss: 0 },
  ];
  const table = report({ workload: tiny, results, absent: [] });
  expect(table).toContain('| one training step | median, ms | best, ms | median / a |');
  expect(table).toContain('| b | 3.000 | 2.500 | 1.50 |');
});
