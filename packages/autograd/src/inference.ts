import type { Tensor } from '@gradus/tensor';
import { watchAllocations } from '@gradus/tensor/launch';
import { isInferenceMode, withGradMode } from './mode.ts';
import { isUnversioned } from './saved-tensor.ts';

/**
 * Runs `body` without recording, and makes tensors that can never be recorded: saving one for backward, or writing to it
 * in place outside, is an error. Results are not versioned, which is the mark of an inference tensor. With `mode` false
 * inside of another one, ops are recorded again.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.grad_mode.inference_mode.html
 */
export function inferenceMode<T>(body: () => T, mode = true): T {
  if (!mode) return withGradMode(true, 'inferenceMode', body, false);
  return watchAllocations(
    (storage) => {
      if (isInferenceMode()) storage.version = Number.NaN;
    },
    () => withGradMode(false, 'inferenceMode', body, true),
  );
}

/** Whether the tensor was made in an `inferenceMode`; its clone outside is an ordinary one. */
export function isInference(x: Tensor): boolean {
  return isUnversioned(x.storage);
}
