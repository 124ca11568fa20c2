import { abs, add, cat, div, keep, matmul, max, mul, neg, scope, sub, Tensor, unrecorded, zeros } from '@gradus/tensor';
import { camelCase, renamed, snakeCase } from './names.ts';
import type { StateEntries } from './state-dict.ts';
import type { Reading } from './strong-wolfe.ts';

/** What LBFGS remembers from step to step, all parameters being one vector. The names are PyTorch's. */
export class Memory {
  funcEvals = 0;
  nIter = 0;
  /** The last direction and the distance gone along it. */
  d: Tensor | null = null;
  t = 0;
  /** Changes of the gradient and of the parameters, and 1 / their product. */
  oldDirs: Tensor[] = [];
  oldStps: Tensor[] = [];
  ro: Tensor[] = [];
  /** Scale of the first approximation of the inverse Hessian. */
  HDiag: Tensor | number = 1;
  prevFlatGrad: Tensor | null = null;
  prevLoss = 0;

  /** The way down from a gradient: along it at first, and then along what the changes so far make of it. */
  *direction(grad: Tensor, historySize: number): Reading<Tensor> {
    this.nIter++;
    if (this.nIter > 1) yield* this.#learn(grad, historySize);
    const direction = quietly(() => this.#descent(grad));
    this.d?.dispose();
    this.d = direction;
    return direction;
  }

  /** Keeps the gradient and the loss to compare the next ones with. */
  remember(grad: Tensor, loss: number): void {
    this.prevFlatGrad?.dispose();
    this.prevFlatGrad = quietly(() => grad.clone());
    this.prevLoss = loss;
  }

  stateDict(): StateEntries {
    const { oldDirs, oldStps, ro, ...rest } = this;
    return renamed({ ...rest, oldDirs: [...oldDirs], oldStps: [...oldStps], ro: [...ro] }, snakeCase) as StateEntries;
  }

  /** Takes over copies, of the dtype and backend of a parameter. */
  loadStateDict(saved: StateEntries, { dtype, backend }: Tensor): void {
    const own = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(own);
      return value instanceof Tensor ? quietly(() => value.to(backend).to(dtype).clone()) : value;
    };
    // `al` is scratch that PyTorch keeps.
    const { al: _, t, ...rest } = saved;
    const loaded = Object.fromEntries(Object.entries(rest).map(([name, value]) => [camelCase(name), own(value)]));
    this.dispose();
    Object.assign(this, new Memory(), loaded, { t: t instanceof Tensor ? t.itemSync() : (t ?? 0) });
  }

  dispose(): void {
    for (const held of [this.d, this.prevFlatGrad, this.HDiag, ...this.oldDirs, ...this.oldStps, ...this.ro]) {
      if (held instanceof Tensor) held.dispose();
    }
  }

  /** Takes in how the gradient has changed along the last step, if that is a curvature above 0. */
  *#learn(grad: Tensor, historySize: number): Reading<void> {
    const change = quietly(() => sub(grad, this.prevFlatGrad as Tensor));
    const step = quietly(() => mul(this.d as Tensor, this.t));
    const product = quietly(() => matmul(change, step));
    const [curvature = 0] = yield [product];
    if (curvature > 1e-10) {
      const lists = [this.oldDirs, this.oldStps, this.ro] as const;
      if (this.oldDirs.length === historySize) for (const list of lists) list.shift()?.dispose();
      this.oldDirs.push(change);
      this.oldStps.push(step);
      this.ro.push(quietly(() => div(1, product)));
      if (this.HDiag instanceof Tensor) this.HDiag.dispose();
      this.HDiag = quietly(() => div(product, matmul(change, change)));
    } else {
      change.dispose();
      step.dispose();
    }
    product.dispose();
  }

  /** The two-loop recursion: minus the approximate inverse Hessian times the gradient. */
  #descent(grad: Tensor): Tensor {
    const { oldDirs, oldStps, ro, HDiag } = this;
    const weights: Tensor[] = [];
    let q = neg(grad);
    for (let i = ro.length - 1; i >= 0; i--) {
      weights[i] = mul(matmul(oldStps[i] as Tensor, q), ro[i] as Tensor);
      q = sub(q, mul(oldDirs[i] as Tensor, weights[i] as Tensor));
    }
    let direction = mul(q, HDiag);
    for (let i = 0; i < ro.length; i++) {
      const seen = mul(matmul(oldDirs[i] as Tensor, direction), ro[i] as Tensor);
      direction = add(direction, mul(oldStps[i] as Tensor, sub(weights[i] as Tensor, seen)));
    }
    return direction;
  }
}

/** Computes outside of any graph, and keeps nothing but the result. */
export function quietly(body: () => Tensor): Tensor {
  return keep(unrecorded(() => scope(body)));
}

/** The largest magnitude, 0-d. */
export function largest(x: Tensor): Tensor {
  return quietly(() => max(abs(x)));
}

/** All gradients as one vector; zeros where there is none. */
export function flatGrad(params: readonly Tensor[]): Tensor {
  const flat = ({ grad, size, dtype, backend }: Tensor): Tensor =>
    grad === null ? zeros([size], { dtype, backend }) : grad.reshape([size]);
  // A single gradient would be a view of the parameter's own, which the next one is added to.
  return quietly(() => (params.length === 1 ? flat(params[0] as Tensor).clone() : cat(params.map(flat))));
}

/** Moves the parameters along a direction. */
export function move(params: readonly Tensor[], direction: Tensor, distance: number): void {
  unrecorded(() =>
    scope(() => {
      let offset = 0;
      for (const param of params) {
        param.add_(direction.narrow(0, offset, param.size).reshape(param.shape).mul(distance));
        offset += param.size;
      }
    }),
  );
}
