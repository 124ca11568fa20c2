import { ArgumentError } from '@gradus/storage';
import { abs, matmul, sum, type Tensor, unrecorded } from '@gradus/tensor';
import { flatGrad, largest, Memory, move, quietly } from './lbfgs-memory.ts';
import { assertRange, type ParameterGroup, ParameterGroups } from './parameter-groups.ts';
import { exportState, importOptions, type OptimizerStateDict } from './state-dict.ts';
import { type Point, type Reading, strongWolfe } from './strong-wolfe.ts';

export interface LBFGSOptions {
  lr: number;
  /** Most iterations of a step; 20 if left out. */
  maxIter: number;
  /** Most evaluations of the loss in a step; 5/4 of `maxIter` if left out. */
  maxEval: number | null;
  /** Ends a step when no element of the gradient is larger. */
  toleranceGrad: number;
  /** Ends a step when the loss or the parameters change by no more. */
  toleranceChange: number;
  /** How many past changes approximate the curvature. */
  historySize: number;
  /** null: steps of `lr`. */
  lineSearchFn: 'strong_wolfe' | null;
}

const defaults: LBFGSOptions = {
  lr: 1,
  maxIter: 20,
  maxEval: null,
  toleranceGrad: 1e-7,
  toleranceChange: 1e-9,
  historySize: 100,
  lineSearchFn: null,
};

type Closure = () => Tensor;

/** Where an iteration ended. */
interface Iteration {
  readonly point: Point;
  readonly evaluations: number;
  /** Whether nothing is to be gained from another one. */
  readonly isDone: boolean;
}

/**
 * Limited-memory BFGS (Liu & Nocedal 1989): steps like Newton's, from the changes of past gradients. For losses without
 * noise. One step evaluates the closure several times, as often as the values of the loss tell; so it waits for them, and
 * `stepSync` is for backends that read synchronously. All parameters are in one group.
 *
 * ```ts
 * await optimizer.step(() => {
 *   optimizer.zeroGrad()
 *   const loss = mseLoss(model.forward(x), y)
 *   loss.backward()
 *   return loss
 * })
 * ```
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.LBFGS.html
 */
export class LBFGS extends ParameterGroups<LBFGSOptions & { lr: number }> {
  readonly #memory: Memory = new Memory();

  constructor(parameters: Iterable<Tensor>, options: Partial<LBFGSOptions> = {}) {
    super(parameters, { ...defaults, ...options });
  }

  /**
   * Several iterations. The closure computes the loss and its gradients, at whatever values the parameters have.
   *
   * @returns the loss before the step.
   */
  async step(closure: Closure): Promise<Tensor> {
    const run = this.#minimise(closure);
    let next = run.next();
    while (!next.done) next = run.next(await Promise.all(next.value.map((x) => x.item())));
    return next.value;
  }

  /** `step` without waiting, where the backend reads synchronously. */
  stepSync(closure: Closure): Tensor {
    const run = this.#minimise(closure);
    let next = run.next();
    while (!next.done) next = run.next(next.value.map((x) => x.itemSync()));
    return next.value;
  }

  override stateDict(): OptimizerStateDict {
    return { ...exportState(this.paramGroups, this.state), state: { 0: this.#memory.stateDict() } };
  }

  override loadStateDict(dict: OptimizerStateDict): void {
    importOptions(dict, this.paramGroups);
    this.#memory.loadStateDict(dict.state[0] ?? {}, this.#params[0] as Tensor);
  }

  protected override validate(group: ParameterGroup<LBFGSOptions>): void {
    if (this.paramGroups.length > 0) throw new ArgumentError('LBFGS: all parameters must be in one group');
    const { lr, toleranceGrad, toleranceChange, historySize, lineSearchFn } = group;
    assertRange('LBFGS', { lr, toleranceGrad, toleranceChange, historySize });
    if (lineSearchFn !== null && lineSearchFn !== 'strong_wolfe') {
      throw new ArgumentError(`LBFGS: lineSearchFn must be 'strong_wolfe' or null, got '${lineSearchFn}'`);
    }
    group.maxEval ??= Math.floor((group.maxIter * 5) / 4);
  }

  get #group(): ParameterGroup<LBFGSOptions> {
    return this.paramGroups[0] as ParameterGroup<LBFGSOptions>;
  }

  get #params(): readonly Tensor[] {
    return this.#group.params;
  }

  *#minimise(closure: Closure): Reading<Tensor> {
    const { maxIter, maxEval, toleranceGrad } = this.#group;
    const first = closure();
    const grad = flatGrad(this.#params);
    const steepest = largest(grad);
    const [loss = Number.NaN, slope = Number.NaN] = yield [first, steepest];
    steepest.dispose();
    let point: Point = { t: 0, loss, slope: 0, grad };
    let evaluations = 1;
    this.#memory.funcEvals++;
    let isDone = slope <= toleranceGrad;
    for (let i = 1; i <= maxIter && !isDone; i++) {
      const end = yield* this.#iterate(closure, point, i === maxIter);
      if (end.point.grad !== point.grad) point.grad.dispose();
      point = end.point;
      evaluations += end.evaluations;
      this.#memory.funcEvals += end.evaluations;
      isDone = end.isDone || evaluations >= (maxEval as number);
    }
    point.grad.dispose();
    return first;
  }

  *#iterate(closure: Closure, from: Point, isLast: boolean): Reading<Iteration> {
    const { lr, historySize, toleranceGrad, toleranceChange, lineSearchFn } = this.#group;
    const memory = this.#memory;
    const { grad, loss } = from;
    const direction = yield* memory.direction(grad, historySize);
    memory.remember(grad, loss);
    const [total, slope] = yield* read(
      quietly(() => sum(abs(grad))),
      quietly(() => matmul(grad, direction)),
    );
    memory.t = memory.nIter === 1 ? Math.min(1, 1 / total) * lr : lr;
    const start = { t: 0, loss, slope, grad };
    if (slope > -toleranceChange) return { point: start, evaluations: 0, isDone: true };
    let end: { readonly point: Point; readonly evaluations: number };
    if (lineSearchFn !== null) {
      end = yield* this.#search(closure, start, direction);
      memory.t = end.point.t;
      move(this.#params, direction, memory.t);
    } else {
      move(this.#params, direction, memory.t);
      // The last iteration's loss isn't asked for: where losses are noisy it would tell nothing.
      end = isLast
        ? { point: start, evaluations: 0 }
        : { point: yield* this.#evaluate(closure, memory.t, direction), evaluations: 1 };
    }
    const [steepest, extent] = yield* read(largest(end.point.grad), largest(direction));
    const isFlat = steepest <= toleranceGrad || Math.abs(end.point.loss - loss) < toleranceChange;
    return { ...end, isDone: isFlat || Math.abs(extent * memory.t) <= toleranceChange };
  }

  /** A good point along the direction; the parameters stay where they are. */
  *#search(closure: Closure, start: Point, direction: Tensor) {
    const params = this.#params;
    const origin = params.map((param) => quietly(() => param.clone()));
    const extent = largest(direction);
    const look = (t: number): Reading<Point> => {
      move(params, direction, t);
      return this.#evaluate(closure, t, direction, origin);
    };
    const found = yield* strongWolfe(look, start, this.#memory.t, extent, this.#group.toleranceChange);
    for (const tensor of [extent, ...origin]) tensor.dispose();
    return found;
  }

  /** The point where the parameters are, `t` along the direction; then they go back to their origin, if there is one. */
  *#evaluate(closure: Closure, t: number, direction: Tensor, origin: readonly Tensor[] = []): Reading<Point> {
    const value = closure();
    const grad = flatGrad(this.#params);
    unrecorded(() => {
      for (const [i, values] of origin.entries()) this.#params[i]?.copy_(values);
    });
    const [loss, slope] = yield* read(
      value,
      quietly(() => matmul(grad, direction)),
    );
    return { t, loss, slope, grad };
  }
}

/** The values of two tensors that are of no further use. */
function* read(a: Tensor, b: Tensor): Reading<readonly [number, number]> {
  const [first = Number.NaN, second = Number.NaN] = yield [a, b];
  a.dispose();
  b.dispose();
  return [first, second];
}
