export type { BackwardHook, BackwardPreHook } from './backward-hooks.ts';
export {
  type ForwardHook,
  type ForwardPreHook,
  registerForwardHook,
  registerForwardPreHook,
  registerFullBackwardHook,
  registerFullBackwardPreHook,
} from './forward-hooks.ts';
