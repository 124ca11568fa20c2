import { defaultDevice, init, jit } from '@jax-js/jax';
import { type Builders, build, type Contender } from '../../contender.ts';
import { installGPU } from '../gpu.ts';
import type { Transform } from './arrays.ts';
import { elementwise } from './elementwise.ts';
import { gpt } from './gpt.ts';
import { lenet } from './lenet.ts';
import { lstm } from './lstm.ts';
import { matmul } from './matmul.ts';
import { mlp } from './mlp.ts';

const builders: Builders<[transform: Transform]> = { mlp, elementwise, lenet, lstm, gpt, matmul };

function on(transform: Transform, device: 'wasm' | 'webgpu' = 'wasm'): Contender {
  return async (workload) => {
    if (device === 'webgpu') installGPU();
    const found = await init(device);
    if (!found.includes(device)) throw new Error(`jax-js finds no ${device}`);
    defaultDevice(device);
    return build(builders, workload, transform);
  };
}

/** jax-js on WebAssembly, with the whole step compiled by `jit`. */
export const compiled: Contender = on((step) => jit(step));

/** The same without `jit`. */
export const eager: Contender = on((step) => step);

/** Both on the GPU. */
export const compiledOnGPU: Contender = on((step) => jit(step), 'webgpu');

export const eagerOnGPU: Contender = on((step) => step, 'webgpu');

export { dispatches } from '../gpu.ts';
