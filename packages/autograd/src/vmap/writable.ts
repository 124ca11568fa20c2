import { AutogradError, formatShape } from '@gradus/storage';
import { Tensor } from '@gradus/tensor';
import { copy } from '@gradus/tensor/launch';
import type { Level } from './level.ts';
import { physicalView } from './movement.ts';

/**
 * The physical tensor that an in-place op writes to. A target that is the same for all examples can't hold a value per
 * example; one that was made inside the function becomes batched now.
 */
export function writable(level: Level, name: string, target: Tensor): Tensor {
  if (!level.has(target)) makeBatched(level, name, target);
  return level.physical(target) as Tensor;
}

/** After a write: a physical tensor may have become batched itself, by an outer level, and have other memory now. */
export function overwritten(level: Level, target: Tensor, physical: Tensor): Tensor {
  if (physical.storage !== target.storage) level.rebind(target, physical);
  return target;
}

/** The target, what it is a view of, and the views between get one copy per example: nobody else may see the memory. */
function makeBatched(level: Level, name: string, target: Tensor): void {
  const chain = [target];
  while (chain[0]?.source) chain.unshift(chain[0].source.parent);
  const holds = chain.filter((x) => !x.isDisposed).length;
  if (!level.owns(target) || target.storage.references > holds) throw notBatched(name, target, level);
  let physical = copy('vmap', level.all(withState(chain[0] as Tensor)));
  for (const x of chain) {
    if (x.source !== null) physical = physicalView(level, physical, x.source.movement);
    if (x.isDisposed) continue;
    x.storage.release();
    level.rebind(x, physical);
  }
}

/** Another handle with the same history. */
function withState(x: Tensor): Tensor {
  x.storage.retain();
  const other = new Tensor(x.storage, x.layout, x.dtype);
  other.gradient = x.gradient;
  return other;
}

function notBatched(name: string, target: Tensor, level: Level): AutogradError {
  const why = level.owns(target)
    ? 'of which views or copies of its handle exist; make those afterwards'
    : 'that was made outside of the function; use the op that is not in place, or pass the tensor as an argument';
  return new AutogradError(
    `vmap: ${name}_ would write a value per example into a tensor of shape ${formatShape(target.shape)} that is the same for all, ${why}`,
  );
}
