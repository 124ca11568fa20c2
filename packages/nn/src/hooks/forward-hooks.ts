import type { AnyModule, Module } from '../module.ts';
import { type BackwardHook, type BackwardPreHook, type Entries, observeGradients } from './backward-hooks.ts';

/** Sees the inputs before `forward`; an array that it returns takes their place. */
export type ForwardPreHook<Args extends readonly unknown[] = readonly unknown[]> = (
  module: AnyModule,
  inputs: Args,
) => readonly [...Args] | undefined;

/** Sees inputs and result after `forward`; what it returns, unless undefined, takes the result's place. */
export type ForwardHook<Args extends readonly unknown[] = readonly unknown[], Result = unknown> = (
  module: AnyModule,
  inputs: Args,
  output: Result,
) => Result | undefined;

interface Kinds {
  before: ForwardPreHook;
  after: ForwardHook;
  backwardBefore: BackwardPreHook;
  backward: BackwardHook;
}

type Hooks = { readonly [Kind in keyof Kinds]: Entries<Kinds[Kind]> };

type Forward = (...inputs: readonly unknown[]) => unknown;

interface Installed {
  readonly hooks: Hooks;
  /** A forward that the module itself had, not its class. */
  readonly own: Forward | undefined;
}

const registry = new WeakMap<AnyModule, Installed>();

/**
 * Runs `hook` before every forward of this module. The function returned removes it. Hooks run in the order of their
 * registration, whoever calls `forward`; a module without hooks pays nothing for there being any.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_forward_pre_hook
 */
export function registerForwardPreHook<Args extends readonly unknown[], Result>(
  module: Module<Args, Result>,
  hook: ForwardPreHook<Args>,
): () => void {
  return add(module as unknown as AnyModule, 'before', hook as unknown as ForwardPreHook);
}

/**
 * Runs `hook` after every forward of this module. The function returned removes it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_forward_hook
 */
export function registerForwardHook<Args extends readonly unknown[], Result>(
  module: Module<Args, Result>,
  hook: ForwardHook<NoInfer<Args>, NoInfer<Result>>,
): () => void {
  return add(module as unknown as AnyModule, 'after', hook as unknown as ForwardHook);
}

/**
 * Runs `hook` in the backward pass before that of the module, with the gradients of its outputs; an array that it returns
 * takes their place. The function returned removes it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_pre_hook
 */
export function registerFullBackwardPreHook(module: AnyModule, hook: BackwardPreHook): () => void {
  return add(module, 'backwardBefore', hook);
}

/**
 * Runs `hook` when the gradients of the module's inputs have been computed, with them and those of its outputs; an array
 * that it returns takes the place of the inputs' gradients. An input that has none is null. The function returned removes
 * the hook.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_hook
 */
export function registerFullBackwardHook(module: AnyModule, hook: BackwardHook): () => void {
  return add(module, 'backward', hook);
}

function add<Kind extends keyof Kinds>(module: AnyModule, kind: Kind, hook: Kinds[Kind]): () => void {
  const { hooks } = registry.get(module) ?? install(module);
  const entry = { hook };
  hooks[kind].add(entry);
  return () => {
    hooks[kind].delete(entry);
    if (Object.values(hooks).every(({ size }) => size === 0)) uninstall(module);
  };
}

/** The module's own `forward` hides that of its class as long as there are hooks. */
function install(module: AnyModule): Installed {
  const hooks: Hooks = { before: new Set(), after: new Set(), backwardBefore: new Set(), backward: new Set() };
  const installed = { hooks, own: Object.getOwnPropertyDescriptor(module, 'forward')?.value as Forward | undefined };
  registry.set(module, installed);
  const value: Forward = (...inputs) => run(module, installed, inputs);
  Object.defineProperty(module, 'forward', { value, configurable: true, writable: true, enumerable: false });
  return installed;
}

function uninstall(module: AnyModule): void {
  const own = registry.get(module)?.own;
  if (!registry.delete(module)) return;
  Reflect.deleteProperty(module, 'forward');
  if (own !== undefined) Reflect.set(module, 'forward', own);
}

function run(module: AnyModule, { hooks, own }: Installed, given: readonly unknown[]): unknown {
  let inputs = given;
  for (const { hook } of hooks.before) inputs = hook(module, inputs) ?? inputs;
  const observed = hooks.backward.size + hooks.backwardBefore.size > 0 ? observeGradients(module, hooks) : null;
  if (observed) inputs = observed.inputs(inputs);
  // The class is asked at every call: a lazy layer changes its class.
  const forward = own ?? (Reflect.get(Object.getPrototypeOf(module) as object, 'forward') as Forward);
  let output: unknown = Reflect.apply(forward, module, inputs);
  for (const { hook } of hooks.after) output = hook(module, inputs, output) ?? output;
  return observed ? observed.outputs(output) : output;
}
