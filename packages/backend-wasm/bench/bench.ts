// What fraction of this machine's limits each kernel reaches on one thread: pnpm --filter @gradus/backend-wasm bench
import { hasRelaxedSimd } from '../src/features.ts';
import { workloads } from './kernels.ts';
import { type Load, multiplyAdds, rates, triad } from './limits.ts';

const units = { arithmetic: 'GFLOP/s', memory: 'GB/s' } as const;

console.log('| kernel | reached | limit | fraction |');
console.log('| --- | --- | --- | --- |');
for (const { name, limit, load } of workloads) {
  const bound: Load = limit === 'arithmetic' ? multiplyAdds(hasRelaxedSimd()) : triad(load.amount);
  const [reached, most] = rates([load, bound]) as [number, number];
  const unit = units[limit];
  const fraction = `${((100 * reached) / most).toFixed(0)} %`;
  console.log(`| ${name} | ${reached.toFixed(1)} ${unit} | ${most.toFixed(1)} ${unit} | ${fraction} |`);
}
