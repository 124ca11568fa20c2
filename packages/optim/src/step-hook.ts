import type { AnyOptimizer } from './optimizer.ts';

/** Runs before or after every step of an optimizer. */
export type StepHook = (optimizer: AnyOptimizer) => void;

interface StepHooks {
  readonly before: Set<StepHook>;
  readonly after: Set<StepHook>;
}

const hooksOf = new WeakMap<AnyOptimizer, StepHooks>();

/**
 * Runs `hook` before every step. The returned function removes it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.Optimizer.register_step_pre_hook.html
 */
export function registerStepPreHook(optimizer: AnyOptimizer, hook: StepHook): () => void {
  return registered(hooked(optimizer).before, hook);
}

/** Runs `hook` after every step. The returned function removes it. */
export function registerStepPostHook(optimizer: AnyOptimizer, hook: StepHook): () => void {
  return registered(hooked(optimizer).after, hook);
}

/** The optimizer's hooks; its `step` runs them from the first one on. */
function hooked(optimizer: AnyOptimizer): StepHooks {
  const known = hooksOf.get(optimizer);
  if (known !== undefined) return known;
  const hooks: StepHooks = { before: new Set(), after: new Set() };
  const step = optimizer.step.bind(optimizer);
  optimizer.step = (closure) => {
    for (const hook of hooks.before) hook(optimizer);
    const loss = step(closure);
    for (const hook of hooks.after) hook(optimizer);
    return loss;
  };
  hooksOf.set(optimizer, hooks);
  return hooks;
}

function registered(hooks: Set<StepHook>, hook: StepHook): () => void {
  hooks.add(hook);
  return () => {
    hooks.delete(hook);
  };
}
