import type { Race } from './race.ts';
import type { Launches } from './runner.ts';

/** A table in Markdown: a row per contender, and how its median compares with the first one's. */
export function report({ workload, results, absent }: Race): string {
  const { name, title, timed, flops } = workload;
  const [first] = results;
  const columns = [timed, 'median, ms', 'best, ms', `median / ${first?.name ?? ''}`];
  if (flops !== undefined) columns.push('GFLOP/s');
  const counts = results.some(({ launches }) => launches !== undefined);
  if (counts) columns.push('dispatches', 'host, µs / dispatch');
  const rows = results.map(({ name, median, best, launches }) => {
    const cells = [name, median.toFixed(3), best.toFixed(3), first ? (median / first.median).toFixed(2) : ''];
    if (flops !== undefined) cells.push((flops / median / 1e6).toFixed(2));
    if (counts) cells.push(...launchCells(launches));
    return cells;
  });
  const missing = absent.map(({ name, reason }) => {
    return [name, `not run: ${reason}`, ...columns.slice(2).map(() => '')];
  });
  const table = [columns, columns.map(() => '---'), ...rows, ...missing];
  return [`### ${name}: ${title}`, '', ...table.map((cells) => `| ${cells.join(' | ')} |`), ''].join('\n');
}

function launchCells(launches: Launches | undefined): readonly string[] {
  if (launches === undefined) return ['', ''];
  const { dispatches, host } = launches;
  return [dispatches.toFixed(0), ((1000 * host) / dispatches).toFixed(1)];
}
