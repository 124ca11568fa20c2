export { gather } from './gather.ts';
export { maxPool } from './max-pool.ts';
export { scan } from './scan.ts';
export { scatter } from './scatter.ts';
export { softmax } from './softmax.ts';
export { sort } from './sort.ts';
