import { cpu } from '@gradus/backend-cpu';
import { wasm } from '@gradus/backend-wasm';
import {
  Adam,
  type Backend,
  crossEntropy,
  Linear,
  mseLoss,
  noGrad,
  ReLU,
  Sequential,
  SGD,
  Tanh,
  type Tensor,
  tensor,
  use,
} from '@gradus/gradus';
import type { Contender, Step } from '../contender.ts';
import { batchOf, layersOf, type Workload } from '../workload.ts';

/** Gradus on the cpu backend, eager. */
export const onCpu: Contender = (workload) => training(cpu(), workload);

/** Gradus on the wasm backend, eager. */
export const onWasm: Contender = (workload) => training(wasm(), workload);

async function training(backend: Backend, workload: Workload): Promise<Step> {
  await use(backend);
  const model = modelOf(workload);
  const Optimizer = workload.optimizer === 'adam' ? Adam : SGD;
  const optimizer = new Optimizer(model.parameters(), { lr: workload.learningRate });
  const lossOf = criterion(workload);
  const x = tensor(batchOf(workload).x).reshape([workload.batch, -1]);
  return () => {
    const loss = lossOf(model.forward(x));
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return () => loss.item();
  };
}

function modelOf(workload: Workload): Sequential {
  const layers = layersOf(workload).map(({ inputs, outputs, weight, bias }) => {
    const layer = new Linear(inputs, outputs);
    noGrad(() => {
      layer.weight.copy_(tensor(weight).reshape([inputs, outputs]).T);
      layer.bias?.copy_(tensor(bias));
    });
    return layer;
  });
  const activation = () => (workload.activation === 'tanh' ? new Tanh() : new ReLU());
  return new Sequential(...layers.flatMap((layer, i) => (i === 0 ? [layer] : [activation(), layer])));
}

function criterion(workload: Workload): (output: Tensor) => Tensor {
  const { y, labels } = batchOf(workload);
  if (labels !== null) {
    const target = tensor(labels);
    return (output) => crossEntropy(output, target);
  }
  const target = tensor(y as Float32Array<ArrayBuffer>).reshape([workload.batch, -1]);
  return (output) => mseLoss(output, target);
}
