import type { Race } from './race.ts';

/** A table in Markdown: a row per contender, and how its median compares with the first one's. */
export function report({ workload, results, absent }: Race): string {
  const { name, title, timed, flops } = workload;
  const [first] = results;
  const columns = [timed, 'median, ms', 'best, ms', `median / ${first?.name ?? ''}`];
  if (flops !== undefined) columns.push('GFLOP/s');
  const rows = results.map(({ name, median, best }) => {
    const cells = [name, median.toFixed(3), best.toFixed(3), first ? (median / first.median).toFixed(2) : ''];
    if (flops !== undefined) cells.push((flops / median / 1e6).toFixed(2));
    return cells;
  });
  const missing = absent.map(({ name, reason }) => {
    return [name, `not run: ${reason}`, ...columns.slice(2).map(() => '')];
  });
  const table = [columns, columns.map(() => '---'), ...rows, ...missing];
  return [`### ${name}: ${title}`, '', ...table.map((cells) => `| ${cells.join(' | ')} |`), ''].join('\n');
}
