import { AutogradError } from '@gradus/storage';
import { onesLike, type Tensor } from '@gradus/tensor';
import { view } from '@gradus/tensor/launch';
import { type GradOptions, grad } from '../backward.ts';
import type { Batching } from '../batching.ts';
import { type Level, levelOf } from './level.ts';
import { vmap } from './vmap.ts';

/** Gradients inside of vmap, and by it. */
export const differentiation: Batching = {
  isBatched: (tensors) => levelOf(tensors) !== null,

  /** Examples are independent: one pass over the physical tensors gives the gradients of each. */
  grad(outputs, inputs, options) {
    const level = levelOf([...outputs, ...inputs]) as Level;
    const from = outputs.map((y) => level.all(y));
    const to = inputs.map((x, i) => {
      const physical = level.physical(x);
      if (physical !== null) return physical;
      throw new AutogradError(
        `grad: inside vmap, input ${i} is the same for all examples, so its gradient would be their sum; ` +
          'differentiate by gradOf or vjp, which give each example its own',
      );
    });
    const given = [options.gradOutputs ?? []].flat() as readonly (Tensor | null)[];
    const gradOutputs = outputs.map((y, i) => {
      const g = given[i] ?? null;
      if (g !== null) return level.all(g);
      return y.size === 1 ? onesLike(from[i] as Tensor) : null;
    });
    const gradients = grad(from, to, { ...options, gradOutputs });
    return gradients.map((g) => g && level.wrap(options.createGraph === true ? another(g) : g));
  },

  gradOfMany(outputs, inputs, { isGradsBatched: _, gradOutputs = [], ...rest }: GradOptions) {
    let unused: readonly boolean[] = inputs.map(() => true);
    const pass = (given: readonly (Tensor | null)[]): readonly Tensor[] => {
      const gradients = grad(outputs, inputs, { ...rest, gradOutputs: given });
      unused = gradients.map((g) => g === null);
      return gradients.filter((g) => g !== null);
    };
    // Nothing comes back where no input is used.
    const found = vmap(pass)([gradOutputs].flat() as readonly (Tensor | null)[]);
    let i = 0;
    return unused.map((isUnused) => (isUnused ? null : (found[i++] as Tensor)));
  },
};

/** A recorded gradient may be somebody's already. */
function another(x: Tensor): Tensor {
  return view(x, { type: 'permute', axes: [...x.shape.keys()] });
}
