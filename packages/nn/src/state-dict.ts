import { ArgumentError, formatShape, ShapeError, sameShape } from '@gradus/storage';
import { type Tensor, unrecorded } from '@gradus/tensor';

/** Tensors by name, in PyTorch's names and order. They share memory with the module. */
export type StateDict = Map<string, Tensor>;

/** What didn't match when a state dict was loaded. */
export interface LoadReport {
  /** In the module, but not in the state dict. */
  readonly missing: readonly string[];
  /** In the state dict, but not in the module. */
  readonly unexpected: readonly string[];
}

/** Copies a state dict into tensors of the same names; nothing is changed unless all shapes fit. */
export function loadInto(targets: StateDict, source: ReadonlyMap<string, Tensor>, strict: boolean): LoadReport {
  const missing = [...targets.keys()].filter((name) => !source.has(name));
  const unexpected = [...source.keys()].filter((name) => !targets.has(name));
  if (strict && missing.length + unexpected.length > 0) {
    throw new ArgumentError(
      `loadStateDict: missing: ${missing.join(', ') || 'none'}; unexpected: ${unexpected.join(', ') || 'none'}; ` +
        'pass strict: false to load what fits',
    );
  }
  for (const [name, target] of targets) assertSameShape(name, target, source.get(name));
  unrecorded(() => {
    for (const [name, target] of targets) {
      const loaded = source.get(name);
      if (loaded !== undefined) target.copy_(loaded);
    }
  });
  return { missing, unexpected };
}

function assertSameShape(name: string, target: Tensor, loaded: Tensor | undefined): void {
  if (loaded === undefined || sameShape(target.shape, loaded.shape)) return;
  throw new ShapeError(
    `loadStateDict: '${name}' has shape ${formatShape(loaded.shape)}, but the module's is ${formatShape(target.shape)}`,
  );
}
