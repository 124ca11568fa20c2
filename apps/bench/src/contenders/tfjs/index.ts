import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { type Builders, build, type Contender } from '../../contender.ts';
import { installGPU } from '../gpu.ts';
import { elementwise } from './elementwise.ts';
import { gpt } from './gpt.ts';
import { lenet } from './lenet.ts';
import { lstm } from './lstm.ts';
import { matmul } from './matmul.ts';
import { mlp } from './mlp.ts';

const builders: Builders = { mlp, elementwise, lenet, lstm, gpt, matmul };

/** TensorFlow.js on its plain JavaScript backend, which is always eager. */
export const onCpu: Contender = async (workload) => {
  await tf.setBackend('cpu');
  return build(builders, workload);
};

/** The same on WebAssembly with SIMD, which has one thread in Node. */
export const onWasm: Contender = async (workload) => {
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(main)}/`);
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend does not start');
  return build(builders, workload);
};

/** And on the GPU. */
export const onGPU: Contender = async (workload) => {
  installGPU();
  // It looks for a GPU as soon as it is there.
  await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend('webgpu'))) throw new Error('the webgpu backend does not start');
  return build(builders, workload);
};

export { dispatches } from '../gpu.ts';
