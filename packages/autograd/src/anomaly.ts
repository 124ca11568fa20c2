import { AutogradError, formatShape, isFloat } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { type Gradients, type Node, type NodeObserver, observer, setObserver } from './node.ts';

/** Where nodes were made, for those that were made while anomalies are looked for. */
const origins = new WeakMap<Node, string>();

/**
 * Finds where gradients go wrong: while it is on, every recorded op notes its call stack, and a backward pass that meets
 * NaN, or an error, says which op it was and where that op was called. Checking reads every gradient at once, so
 * it is slow and needs a backend that reads synchronously.
 *
 * @see https://pytorch.org/docs/stable/autograd.html#anomaly-detection
 */
export function setDetectAnomaly(mode: boolean, options: { readonly checkNan?: boolean } = {}): void {
  setObserver(mode ? detector(options.checkNan ?? true) : null);
}

/** `setDetectAnomaly` for as long as `body` runs. Forward and backward both have to be inside. */
export function detectAnomaly<T>(body: () => T, options: { readonly checkNan?: boolean } = {}): T {
  const before = observer;
  setDetectAnomaly(true, options);
  try {
    const result = body();
    if (result instanceof Promise) {
      result.catch(() => {});
      throw new AutogradError('detectAnomaly: the callback returned a promise; use setDetectAnomaly around it');
    }
    return result;
  } finally {
    setObserver(before);
  }
}

/** Whether anomalies are looked for. */
export function isAnomalyEnabled(): boolean {
  return observer !== null;
}

function detector(checkNan: boolean): NodeObserver {
  return {
    created(node) {
      origins.set(node, callStack());
    },
    apply(node, gradients) {
      const results = applied(node, gradients);
      if (checkNan) for (const [i, result] of results.entries()) assertNoNaN(node, result, i);
      return results;
    },
  };
}

function applied(node: Node, gradients: Gradients): Gradients {
  try {
    return node.apply(gradients);
  } catch (cause) {
    // What failed inside of this node, in a pass of its own, has said where already.
    if (!(cause instanceof Error) || cause.message.includes(ORIGIN)) throw cause;
    throw new AutogradError(`backward of '${node.name}': ${cause.message}\n${originOf(node)}`, { cause });
  }
}

function assertNoNaN(node: Node, gradient: Tensor | null, index: number): void {
  if (gradient === null || !isFloat(gradient.dtype)) return;
  if (gradient.backend.downloadSync === undefined) {
    throw new AutogradError(
      `detectAnomaly: backend '${gradient.backend.name}' can't be read synchronously, so gradients can't be checked for NaN; ` +
        'pass { checkNan: false } to have errors explained only, or run the step on the cpu backend',
    );
  }
  if (!gradient.dataSync().some(Number.isNaN)) return;
  throw new AutogradError(
    `backward of '${node.name}' gave NaN as the gradient of its input ${index}, ${formatShape(gradient.shape)}\n${originOf(node)}`,
  );
}

const ORIGIN = 'the op was called at';

function originOf(node: Node): string {
  const origin = origins.get(node);
  return origin === undefined ? `${ORIGIN} a place from before anomalies were looked for` : `${ORIGIN}\n${origin}`;
}

/** The program's own lines of the call stack. */
function callStack(): string {
  const v8 = Error as ErrorConstructor & { stackTraceLimit?: number };
  const { stackTraceLimit = 10 } = v8;
  // The packages' own lines alone may be more than are kept by default.
  v8.stackTraceLimit = 50;
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  v8.stackTraceLimit = stackTraceLimit;
  const first = lines.findIndex((line) => !INTERNAL.test(line));
  return lines.slice(Math.max(first, 0), Math.max(first, 0) + 8).join('\n');
}

const INTERNAL = /[\\/](?:autograd|tensor)[\\/](?:src|dist)[\\/]|node:|<anonymous>/;
