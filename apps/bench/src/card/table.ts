import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { vulkanEnvironment } from '../../../../scripts/vulkan.ts';
import { python } from '../runner.ts';
import { type Task, tasksOf } from './tasks.ts';

/** What a process answers: about the card, and then per task. */
interface Answers {
  readonly card: string;
  /** Operations per second out of registers, from the one that measures it. */
  readonly peak?: number;
  readonly timings: readonly Timing[];
}

interface Timing {
  readonly milliseconds: number;
  readonly value: number;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Products, attention and a training step on the card, beside the rate at which it multiplies and adds what it has in registers,
 * and beside PyTorch where it has CUDA. Throws if they don't compute the same.
 */
export async function cardTable({
  small,
  seconds,
}: {
  readonly small: boolean;
  readonly seconds: number;
}): Promise<string> {
  const tasks = tasksOf(small);
  const data = [JSON.stringify(tasks.map(({ workload }) => workload)), String(seconds)];
  const gradus = await answersOf(process.execPath, ...process.execArgv, here('child.ts'), ...data);
  let other: Answers | string;
  try {
    other = await answersOf(python, '-B', here('../contenders/pytorch/card.py'), ...data);
  } catch (error) {
    other = `not run: ${(error as Error).message.trim().split('\n').at(-1)}`;
  }
  const rows = tasks.map((task, i) => row(task, gradus, typeof other === 'string' ? null : other, i));
  return [
    `### ${gradus.card}: ${tera(gradus.peak as number)} TFLOP/s at most`,
    '',
    `PyTorch: ${typeof other === 'string' ? other : other.card}`,
    '',
    '| float32 | Gradus, ms | TFLOP/s | of the peak | PyTorch, ms | TFLOP/s | of the peak | Gradus / PyTorch, time |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function row({ workload: { name }, flops }: Task, gradus: Answers, other: Answers | null, i: number): string {
  const cells = (timing: Timing | undefined): readonly string[] => {
    if (timing === undefined) return ['', '', ''];
    const rate = flops / (timing.milliseconds / 1000);
    return [timing.milliseconds.toFixed(3), tera(rate), `${((100 * rate) / (gradus.peak as number)).toFixed(1)} %`];
  };
  const [own, peer] = [gradus.timings[i] as Timing, other?.timings[i]];
  if (peer !== undefined && !(Math.abs(own.value - peer.value) <= 1e-3 * Math.abs(peer.value))) {
    throw new Error(`${name}: Gradus computes ${own.value}, PyTorch ${peer.value}`);
  }
  const ratio = peer === undefined ? '' : (own.milliseconds / peer.milliseconds).toFixed(2);
  return `| ${[name, ...cells(own), ...cells(peer), ratio].join(' | ')} |`;
}

function tera(rate: number): string {
  return (rate / 1e12).toPrecision(3);
}

async function answersOf(program: string, ...args: readonly string[]): Promise<Answers> {
  // A GPU in software where there is none of another kind.
  const env = { ...process.env, ...vulkanEnvironment() };
  const { stdout } = await promisify(execFile)(program, args, { env, maxBuffer: 2 ** 24 });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  const [about, ...timings] = lines.map((line) => JSON.parse(line)) as [Omit<Answers, 'timings'>, ...Timing[]];
  return { ...about, timings };
}
