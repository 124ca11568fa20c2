import { AutogradError } from '@gradus/storage';

let enabled = true;

/** Whether ops are being recorded. */
export function isGradEnabled(): boolean {
  return enabled;
}

/**
 * Runs `body` with recording switched, and switches back. Synchronous: a callback that returns a promise is refused,
 * since whatever runs before it settles would see the switch too.
 */
export function withGradMode<T>(mode: boolean, name: string, body: () => T): T {
  const before = enabled;
  enabled = mode;
  try {
    const result = body();
    if (result instanceof Promise) {
      throw new AutogradError(
        `${name}: the callback returned a promise; call ${name} around the synchronous parts instead`,
      );
    }
    return result;
  } finally {
    enabled = before;
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

/** Runs `body` with recording, inside a `noGrad` too. */
export function enableGrad<T>(body: () => T): T {
  return withGradMode(true, 'enableGrad', body);
}
