import type { Race } from './race.ts';

/** A table in Markdown: a row per contender, and how its median compares with the first one's. */
export function report({ workload, results, absent }: Race): string {
  const { name, sizes, batch, activation, optimizer } = workload;
  const [first] = results;
  const rows = results.map(({ name, median, best }) => {
    const ratio = first ? (median / first.median).toFixed(2) : '';
    return `| ${name} | ${median.toFixed(3)} | ${best.toFixed(3)} | ${ratio} |`;
  });
  return [
    `### ${name}: ${sizes.join('-')}, ${activation}, batch ${batch}, ${optimizer}`,
    '',
    `| one training step | median, ms | best, ms | median / ${first?.name ?? ''} |`,
    '| --- | --- | --- | --- |',
    ...rows,
    ...absent.map((reason) => `\nNot timed: ${reason}`),
    '',
  ].join('\n');
}
