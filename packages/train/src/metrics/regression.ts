import { scalar, stack, sum, type Tensor } from '@gradus/tensor';
import { assertSameShape } from './classification.ts';
import type { Metric, Target } from './metric.ts';

// Outputs and targets have one shape: broadcasting [N, 1] against [N] would compare everything with everything.

/** The mean of squared errors, over all elements. */
export function meanSquaredError<Batch>(target: Target<Batch>): Metric<Batch> {
  return meanError(
    'mse',
    target,
    (error) => error.square(),
    (mean) => mean,
  );
}

/** The square root of the mean of squared errors: in the target's unit. */
export function rootMeanSquaredError<Batch>(target: Target<Batch>): Metric<Batch> {
  return meanError('rmse', target, (error) => error.square(), Math.sqrt);
}

/** The mean of errors' magnitudes, over all elements. */
export function meanAbsoluteError<Batch>(target: Target<Batch>): Metric<Batch> {
  return meanError(
    'mae',
    target,
    (error) => error.abs(),
    (mean) => mean,
  );
}

/**
 * The coefficient of determination: 1 minus the squared errors' sum over that of the targets' deviations from their mean; 1 at best,
 * 0 for predicting the mean. NaN where all targets are the same. Sums are taken in float64 where the backend has it;
 * elsewhere, targets whose mean is far larger than their spread lose digits.
 */
export function r2<Batch>(target: Target<Batch>): Metric<Batch> {
  return {
    name: 'r2',
    compute: (outputs, batch) => {
      const wanted = precise(target(batch));
      assertSameShape('r2', outputs, wanted);
      const error = precise(outputs).sub(wanted);
      return stack([sum(error.square()), sum(wanted), sum(wanted.square()), count(wanted)]);
    },
    finish: ([errors, total, squares, n]) => {
      const deviation = (squares as number) - (total as number) ** 2 / (n as number);
      return deviation === 0 ? Number.NaN : 1 - (errors as number) / deviation;
    },
  };
}

function meanError<Batch>(
  name: string,
  target: Target<Batch>,
  size: (error: Tensor) => Tensor,
  finish: (mean: number) => number,
): Metric<Batch> {
  return {
    name,
    compute: (outputs, batch) => {
      const wanted = target(batch);
      assertSameShape(name, outputs, wanted);
      const errors = size(precise(outputs).sub(precise(wanted)));
      return stack([sum(errors), count(errors)]);
    },
    finish: ([total, n]) => finish((total as number) / (n as number)),
  };
}

function precise(x: Tensor): Tensor {
  return x.to(x.backend.capabilities.dtypes.has('float64') ? 'float64' : 'float32');
}

function count(x: Tensor): Tensor {
  return scalar(x.size, { dtype: x.dtype, backend: x.backend });
}
