// Gradus on the card, in a process of its own: node child.ts WORKLOADS SECONDS. Answers a line of JSON about the card, and one per
// workload: milliseconds, and the value after the first step.
import { webgpu } from '@gradus/backend-webgpu';
import { functional, scope, type Tensor, use } from '@gradus/gradus';
import type { Step } from '../contender.ts';
import { gpt } from '../contenders/gradus/gpt.ts';
import { matmul } from '../contenders/gradus/matmul.ts';
import { tensorOf } from '../contenders/gradus/training.ts';
import { measuredPeak } from './peak.ts';
import type { Attention, Task } from './tasks.ts';

const TIMINGS = 5;

/** Steps by which a tuner has seen every product often enough. */
const WARM = 30;

const [list, seconds] = process.argv.slice(2) as [string, string];
const backend = webgpu({ powerPreference: 'high-performance' });
await use(backend);
const { vendor, architecture, description } = backend.device.adapterInfo;
const peak = await measuredPeak(backend.device);
console.log(JSON.stringify({ card: `${vendor} ${architecture} ${description}`, peak }));

for (const workload of JSON.parse(list) as readonly Task['workload'][]) {
  const step = stepOf(workload);
  const value = await (await step())();
  for (let end = performance.now() + 1000 * Number(seconds), i = 0; i < WARM && performance.now() < end; i++)
    await run(step, 1);
  const count = Math.max(1, Math.round((1000 * Number(seconds)) / (await run(step, 1))));
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TIMINGS; i++) best = Math.min(best, await run(step, count));
  console.log(JSON.stringify({ milliseconds: best, value }));
}
await backend.dispose();

/** Milliseconds of a step. */
async function run(step: Step, count: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) await step();
  await backend.synchronize();
  return (performance.now() - start) / count;
}

function stepOf(workload: Task['workload']): Step {
  switch (workload.family) {
    case 'matmul':
      return matmul(workload);
    case 'gpt':
      return gpt(workload);
    case 'attention':
      return attention(workload);
  }
}

function attention({ inputs }: Attention): Step {
  const tensors = inputs.map((numbers) => tensorOf(numbers).setRequiresGrad());
  const [query, key, value] = tensors as [Tensor, Tensor, Tensor];
  let last: Tensor | null = null;
  return () => {
    last?.dispose();
    for (const input of tensors) {
      input.grad?.dispose();
      input.grad = null;
    }
    const mean = scope(() => {
      const mean = functional.scaledDotProductAttention(query, key, value, { isCausal: true }).square().mean();
      mean.backward();
      return mean;
    });
    last = mean;
    return () => mean.item();
  };
}
