import { ArgumentError, formatShape, ShapeError, sameShape } from '@gradus/storage';
import { type Tensor, unrecorded } from '@gradus/tensor';

/** Tensors by name, in PyTorch's names and order. They share memory with the module. */
export type StateDict = Map<string, Tensor>;

export interface LoadOptions {
  /** Whether all names must match. Default true. */
  readonly strict?: boolean;
  /** Take the tensors over instead of copying their values. Default false. */
  readonly assign?: boolean;
}

/** What didn't match when a state dict was loaded. */
export interface LoadReport {
  /** In the module, but not in the state dict. */
  readonly missing: readonly string[];
  /** In the state dict, but not in the module. */
  readonly unexpected: readonly string[];
}

/** A parameter whose shape isn't known yet takes that of what is loaded. */
interface MaybeLazy {
  materialize?(shape: readonly number[]): void;
}

/** Copies a state dict into tensors of the same names; nothing is changed unless all names and shapes fit. */
export function loadInto(
  targets: StateDict,
  source: ReadonlyMap<string, Tensor>,
  { strict = true, assign = false }: LoadOptions,
): LoadReport {
  const missing = [...targets.keys()].filter((name) => !source.has(name));
  const unexpected = [...source.keys()].filter((name) => !targets.has(name));
  const matches = [...targets].flatMap(([name, target]) => {
    const loaded = source.get(name);
    return loaded === undefined ? [] : [{ name, target: target as Tensor & MaybeLazy, loaded }];
  });
  const sizes = matches
    .filter(({ target, loaded }) => !target.materialize && !sameShape(target.shape, loaded.shape))
    .map(({ name, target, loaded }) => {
      return `'${name}' has shape ${formatShape(loaded.shape)}, but the module's is ${formatShape(target.shape)}`;
    });
  const names = strict && missing.length + unexpected.length > 0;
  if (names || sizes.length > 0) {
    const list = (keys: readonly string[]): string => keys.join(', ') || 'none';
    const mend = `missing: ${list(missing)}; unexpected: ${list(unexpected)}; pass strict: false to load what fits`;
    const message = `loadStateDict: ${[...(names ? [mend] : []), ...sizes].join('; ')}`;
    throw names ? new ArgumentError(message) : new ShapeError(message);
  }
  unrecorded(() => {
    for (const { target, loaded } of matches) {
      target.materialize?.(loaded.shape);
      if (assign) target.setData(loaded);
      else target.copy_(loaded);
    }
  });
  return { missing, unexpected };
}
