import { scope, type Tensor } from '@gradus/tensor';
import type { LaunchTransform } from '@gradus/tensor/launch';
import { type Level, levelOf } from './level.ts';

/** The launch functions as a vmap runs them. */
export type Rules = Omit<LaunchTransform, 'takes' | 'all' | 'move' | 'draw' | 'refuseRead'>;

/**
 * A batching rule: the same launch, on physical tensors, at the innermost level that an operand is batched at. What is
 * inside of that level runs as before it: physical tensors may be batched themselves, by the levels around.
 */
export function rule<Args extends readonly unknown[], Result>(
  run: (level: Level, ...args: Args) => Result,
): (...args: Args) => Result {
  return (...args) => scope(() => run(levelOf(tensorsAmong(args)) as Level, ...args));
}

function tensorsAmong(args: readonly unknown[]): readonly Tensor[] {
  return args.flat().filter((arg): arg is Tensor => typeof arg === 'object' && arg !== null && 'storage' in arg);
}
