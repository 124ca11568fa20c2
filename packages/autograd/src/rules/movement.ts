import { AutogradError, type Layout, type Movement, type Shape } from '@gradus/storage';
import { narrow, type PlaceOperation, type Tensor, type ViewOperation } from '@gradus/tensor';
import { copy, filled, cat as joined, place as placeInto, view as viewBy } from '@gradus/tensor/launch';
import type { OperationOf, Rule } from './rule.ts';

/** A view's gradient goes where the view read. */
export const view: Rule<ViewOperation> = {
  backward: ({ operation }, [g]) => [g ? () => placeInto(g, operation.movement, operation.from) : null],
};

/** What was placed reads its gradient through the same view. */
export const place: Rule<PlaceOperation> = {
  backward: ({ operation: { movement, from } }, [g]) => [
    g ? () => viewBy(contiguous(g), relative(movement, from)) : null,
  ],
};

/** asStrided counts from the start of the storage: in a contiguous gradient that is where the tensor began. */
function relative(movement: Movement, from: Layout): Movement {
  if (movement.type !== 'asStrided') return movement;
  if (!from.isContiguous)
    throw new AutogradError('asStrided: the second gradient through a strided tensor is not defined; clone it first');
  return { ...movement, offset: movement.offset - from.offset };
}

function contiguous(g: Tensor): Tensor {
  return g.layout.isContiguous && g.layout.offset === 0 ? g : copy('contiguous', g);
}

/** Each part reads its own stretch. */
export const cat: Rule<OperationOf<'cat'>> = {
  backward({ operation: { axis }, inputShapes }, [g]) {
    if (!g) return [];
    let end = 0;
    return inputShapes.map((shape) => {
      const start = end;
      end += shape[axis] as number;
      return () => narrow(g, axis, start, shape[axis] as number);
    });
  },
};

/** The parts' gradients one after another; zeros for a part without one. */
export const split: Rule<OperationOf<'split'>> = {
  backward: ({ operation: { axis, sizes }, inputShapes: [shape] }, gradients) => [
    () => {
      const { backend, dtype } = gradients.find((g) => g !== null) as Tensor;
      const zeros = (size: number): Tensor => filled(backend, (shape as Shape).with(axis, size), dtype, 0);
      return joined(
        gradients.map((g, i) => g ?? zeros(sizes[i] as number)),
        axis,
      );
    },
  ],
};

/** Moving back to the backend that the input came from. */
export const transfer: Rule<OperationOf<'transfer'>> = {
  backward: ({ operation }, [g]) => [g ? () => g.to(operation.from) : null],
};
