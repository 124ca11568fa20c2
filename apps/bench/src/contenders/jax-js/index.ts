import { defaultDevice, init, jit } from '@jax-js/jax';
import { type Builders, build, type Contender } from '../../contender.ts';
import type { Transform } from './arrays.ts';
import { elementwise } from './elementwise.ts';
import { gpt } from './gpt.ts';
import { lenet } from './lenet.ts';
import { lstm } from './lstm.ts';
import { matmul } from './matmul.ts';
import { mlp } from './mlp.ts';

const builders: Builders<[transform: Transform]> = { mlp, elementwise, lenet, lstm, gpt, matmul };

function on(transform: Transform): Contender {
  return async (workload) => {
    await init('wasm');
    defaultDevice('wasm');
    return build(builders, workload, transform);
  };
}

/** jax-js on WebAssembly, with the whole step compiled by `jit`. */
export const compiled: Contender = on((step) => jit(step));

/** The same without `jit`. */
export const eager: Contender = on((step) => step);
