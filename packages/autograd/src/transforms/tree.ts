import { ArgumentError } from '@gradus/storage';
import { Tensor } from '@gradus/tensor';

/** Tensors alone, or in arrays and plain objects of them: what functions of tensors take and give. */
export type Tree = Tensor | readonly Tree[] | { readonly [key: string]: Tree };

/** The same tree with every tensor replaced; anything that is no tensor, array or plain object stays as it is. */
export function mapTensors<T>(tree: T, replace: (x: Tensor) => unknown): T {
  return zipTensors(tree, undefined, (x) => replace(x));
}

/**
 * `mapTensors` with a second tree: every tensor with what stands at its place there. One value in the second tree
 * stands for all that is below its place.
 */
export function zipTensors<T>(tree: T, other: unknown, replace: (x: Tensor, beside: unknown) => unknown): T {
  if (tree instanceof Tensor) return replace(tree, other) as T;
  if (Array.isArray(tree)) {
    if (Array.isArray(other) && other.length !== tree.length) {
      throw new ArgumentError(`a list of ${other.length} stands beside ${tree.length} tensors; there must be as many`);
    }
    return tree.map((part, i) => zipTensors(part, Array.isArray(other) ? other[i] : other, replace)) as T;
  }
  if (!isPlainObject(tree)) return tree;
  const parts = Object.entries(tree).map(([key, part]) => [
    key,
    zipTensors(part, isPlainObject(other) ? other[key] : other, replace),
  ]);
  return Object.fromEntries(parts) as T;
}

/** The tensors of a tree, in order. */
export function tensorsOf(tree: unknown): readonly Tensor[] {
  const found: Tensor[] = [];
  mapTensors(tree, (x) => {
    found.push(x);
    return x;
  });
  return found;
}

/** The tree with its tensors replaced in order. */
export function withTensors<T>(tree: T, tensors: readonly unknown[]): T {
  let i = 0;
  return mapTensors(tree, () => tensors[i++]);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
