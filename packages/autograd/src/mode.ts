import { AutogradError } from '@gradus/storage';

let enabled = true;
let inference = false;

/** Whether ops are being recorded. */
export function isGradEnabled(): boolean {
  return enabled;
}

/** Whether an `inferenceMode` is at work. */
export function isInferenceMode(): boolean {
  return inference;
}

/**
 * Switches recording, until it is switched again or the scope around ends.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.autograd.grad_mode.set_grad_enabled.html
 */
export function setGradEnabled(mode: boolean): void {
  enabled = mode && !inference;
}

/**
 * Runs `body` with recording switched, and switches back. Synchronous: a callback that returns a promise is refused,
 * since whatever runs before it settles would see the switch too.
 */
export function withGradMode<T>(mode: boolean, name: string, body: () => T, inferring: boolean = inference): T {
  const before = [enabled, inference] as const;
  inference = inferring;
  setGradEnabled(mode);
  try {
    const result = body();
    if (result instanceof Promise) {
      // Whatever becomes of it, the error below is the one to see.
      result.catch(() => {});
      throw new AutogradError(
        `${name}: the callback returned a promise; call ${name} around the synchronous parts instead`,
      );
    }
    return result;
  } finally {
    [enabled, inference] = before;
  }
}

/**
 * Runs `body` without recording: results don't require grad, and leaves may be written in place.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.no_grad.html
 */
export function noGrad<T>(body: () => T): T {
  return withGradMode(false, 'noGrad', body);
}

/** Runs `body` with recording, inside a `noGrad` too; inside an `inferenceMode` nothing is recorded still. */
export function enableGrad<T>(body: () => T): T {
  return withGradMode(true, 'enableGrad', body);
}
