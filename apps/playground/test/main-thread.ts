import type { Page } from 'playwright';

/** What Chromium records of something that took time; microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/**
 * Milliseconds that each task kept the page's main thread while `during` ran. It is the processor's time, not the clock's, as the
 * page's own count of long tasks is: on a busy machine, other programs make any task last, even of a page that does nothing.
 */
export async function taskTimes(page: Page, during: () => Promise<void>): Promise<readonly number[]> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ['toplevel'] });
  await during();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
  const isMain = ({ name, args }: TraceEvent): boolean => name === 'thread_name' && args?.name === 'CrRendererMain';
  const tasks = traceEvents.filter(({ name }) => name.endsWith('RunTask'));
  // Chromium keeps processes for pages to come, which have a main thread, too: the page's is the one that is at work.
  const threads = traceEvents.filter(isMain).map(threadOf);
  const tasksOf = threads.map((thread) => tasks.filter((task) => threadOf(task) === thread));
  const [busiest = []] = tasksOf.sort((a, b) => b.length - a.length);
  return busiest.map(({ tdur = 0 }) => tdur / 1000);
}
