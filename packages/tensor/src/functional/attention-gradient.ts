import { type AttentionGeometry, dispatch } from '@gradus/backend';
import { attentionBackward } from '@gradus/backend/nn';
import { allocate, broadcastView, transform } from '../launch/index.ts';
import type { GradientContext, GradientRule } from '../operation.ts';
import { matmul } from '../ops/matmul.ts';
import { mul, sub } from '../ops/pointwise/index.ts';
import { sum } from '../ops/reduction.ts';
import { softmax } from '../ops/softmax.ts';
import type { Tensor } from '../tensor.ts';
import { maskedScores } from './attention-scores.ts';

type Thunks = ReturnType<GradientRule['backward']>;

/** Inputs are query, key, value and a mask if there is one; outputs the result and the logarithms of the sums. */
export function attentionRule(geometry: AttentionGeometry): GradientRule {
  return {
    saves: { inputs: [0, 1, 2, 3], outputs: [0, 1] },
    backward(context, [g]) {
      if (!g) return [];
      return context.createGraph || transform?.takes([g])
        ? composedGradients(geometry, context, g)
        : fusedGradients(geometry, context, g);
    },
  };
}

/** One launch for all that are wanted. */
function fusedGradients(geometry: AttentionGeometry, context: GradientContext, g: Tensor): Thunks {
  const launch = (): readonly Tensor[] => {
    const [query, key, value, mask] = inputsOf(context);
    const scores = [...query.shape.slice(0, -1), key.shape.at(-2) as number];
    const wanted = [query.shape, key.shape, value.shape, ...(context.needs[3] ? [scores] : [])];
    const gradients = wanted.map((shape) => allocate(query.backend, shape, query.dtype));
    const kernel = attentionBackward({
      gradient: g,
      query,
      key,
      value,
      mask: mask && broadcastView(mask, scores),
      result: context.output(0),
      logSumExp: context.output(1),
      ...geometry,
      outputs: gradients as [Tensor, Tensor, Tensor],
    });
    dispatch(query.backend, kernel);
    return gradients;
  };
  let gradients: readonly Tensor[] | null = null;
  return context.needs.map((_, i) => () => {
    gradients ??= launch();
    return gradients[i] as Tensor;
  });
}

/** Of ops, which can be differentiated again: everything is a function of the inputs. */
function composedGradients({ scale, causal }: AttentionGeometry, context: GradientContext, g: Tensor): Thunks {
  const [query, key, value, mask] = inputsOf(context);
  const weights = softmax(maskedScores(matmul(mul(query, scale), key.mT), mask, causal), -1);
  const ofScores = (): Tensor => {
    const products = mul(weights, matmul(g, value.mT));
    return sub(products, mul(weights, sum(products, { dim: -1, keepdim: true })));
  };
  return [
    () => mul(matmul(ofScores(), key), scale),
    () => mul(matmul(ofScores().mT, query), scale),
    () => matmul(weights.mT, g),
    ofScores,
  ];
}

function inputsOf({ input, needs }: GradientContext): readonly [Tensor, Tensor, Tensor, Tensor | null] {
  return [input(0), input(1), input(2), needs.length > 3 ? input(3) : null];
}
