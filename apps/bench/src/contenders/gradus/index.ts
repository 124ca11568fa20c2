import { cpu } from '@gradus/backend-cpu';
import { wasm } from '@gradus/backend-wasm';
import { webgpu } from '@gradus/backend-webgpu';
import { type Backend, use } from '@gradus/gradus';
import { type Builders, build, type Contender } from '../../contender.ts';
import { installGPU } from '../gpu.ts';
import { elementwise } from './elementwise.ts';
import { gpt } from './gpt.ts';
import { lenet } from './lenet.ts';
import { lstm } from './lstm.ts';
import { matmul } from './matmul.ts';
import { mlp } from './mlp.ts';

const builders: Builders = { mlp, elementwise, lenet, lstm, gpt, matmul };

/** Gradus on a backend, eager. */
function on(backend: () => Backend): Contender {
  return async (workload) => {
    await use(backend());
    return build(builders, workload);
  };
}

export const onCpu: Contender = on(cpu);

export const onWasm: Contender = on(() => wasm({ threads: 1 }));

export const onTwoThreads: Contender = on(() => wasm({ threads: 2 }));

/** On a graphics card, or on a processor that plays one. */
export const onGPU: Contender = async (workload) => {
  installGPU();
  return on(webgpu)(workload);
};

export { dispatches } from '../gpu.ts';
