import type { Tensor } from '@gradus/tensor';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';

/** What a runtime gives for an output. */
export interface RuntimeOutput {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Runs a model on inputs in their order. */
type Runtime = (model: Uint8Array, inputs: readonly Tensor[]) => Promise<readonly RuntimeOutput[]>;

// Both packages have the same API, in types of their own.
function runtime(ort: typeof node): Runtime {
  return async (model, inputs) => {
    const session = await ort.InferenceSession.create(model);
    const feeds: Record<string, node.Tensor> = {};
    for (const [i, name] of session.inputNames.entries()) {
      const x = inputs[i] as Tensor;
      const values = await x.data();
      feeds[name] =
        x.dtype === 'int32'
          ? new ort.Tensor('int64', BigInt64Array.from(values, BigInt), x.shape)
          : new ort.Tensor('float32', values as Float32Array, x.shape);
    }
    const results = await session.run(feeds);
    const outputs = session.outputNames.map((name) => {
      const { dims, data } = results[name] as node.Tensor;
      return { shape: [...dims], values: Array.from(data as ArrayLike<number | bigint>, Number) };
    });
    await session.release();
    return outputs;
  };
}

web.env.wasm.numThreads = 1;

export const runtimes: readonly (readonly [string, Runtime])[] = [
  ['onnxruntime-node', runtime(node)],
  ['onnxruntime-web', runtime(web as unknown as typeof node)],
];
