import { ArgumentError, formatShape } from '@gradus/storage';
import { full, keep, type Tensor } from '@gradus/tensor';
import type { Hyper } from './hyper.ts';
import { exportState, importState, type OptimizerStateDict } from './state-dict.ts';

/** Options that every optimizer has. */
export interface BaseOptions {
  /** Learning rate. */
  lr: Hyper;
}

/** Parameters with options of their own. The options may be changed between steps; schedulers change `lr`. */
export type ParameterGroup<Options extends BaseOptions> = Options & {
  params: Tensor[];
  /** What `lr` was before any scheduler changed it. */
  initialLr?: number;
};

/** Parameters, or groups of them that override some options. */
export type Parameters<Options extends BaseOptions> =
  | Iterable<Tensor>
  | Iterable<{ readonly params: Iterable<Tensor> } & Partial<Options>>;

/** What an optimizer remembers of one parameter, by PyTorch's names: tensors, and counts of steps. */
export type ParameterState = { step: number } & Record<string, Tensor | number>;

/**
 * What all optimizers have: parameter groups with options of their own, and state by parameter.
 *
 * @see https://pytorch.org/docs/stable/optim.html
 */
export abstract class ParameterGroups<Options extends BaseOptions = BaseOptions> {
  readonly paramGroups: ParameterGroup<Options>[] = [];
  readonly state: Map<Tensor, ParameterState> = new Map();
  readonly #defaults: Options;

  constructor(parameters: Parameters<Options>, defaults: Options) {
    this.#defaults = defaults;
    const given = [...parameters] as (Tensor | ({ readonly params: Iterable<Tensor> } & Partial<Options>))[];
    if (given.length === 0) throw new ArgumentError(`${this.constructor.name}: no parameters to optimize`);
    const groups = given.filter((entry) => 'params' in entry);
    if (groups.length === 0)
      this.addParamGroup({ params: given as Tensor[] } as { params: Tensor[] } & Partial<Options>);
    for (const group of groups) this.addParamGroup(group);
  }

  /** Adds parameters with options of their own, as when layers are unfrozen during training. */
  addParamGroup(group: { readonly params: Iterable<Tensor> } & Partial<Options>): void {
    const params = [...group.params];
    const known = new Set(this.paramGroups.flatMap((other) => other.params));
    if (params.some((param) => known.has(param)) || new Set(params).size !== params.length) {
      throw new ArgumentError(`${this.constructor.name}: a parameter appears twice`);
    }
    const inner = params.find((param) => !param.isLeaf);
    if (inner !== undefined)
      throw new ArgumentError(`${this.constructor.name}: only leaves can be optimized, not ${inner}`);
    const complete = { ...this.#defaults, ...group, params } as ParameterGroup<Options>;
    this.validate(complete);
    this.paramGroups.push(complete);
  }

  /** Drops all gradients. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) {
      for (const param of params) {
        param.grad?.dispose();
        param.grad = null;
      }
    }
  }

  /**
   * Everything needed to go on later: PyTorch's own dictionary, name by name. Parameters are numbered in the order of the
   * groups.
   */
  stateDict(): OptimizerStateDict {
    return exportState(this.paramGroups, this.state);
  }

  /** Takes over what `stateDict` gave, here or in PyTorch; tensors are copied to each parameter's dtype and backend. */
  loadStateDict(dict: OptimizerStateDict): void {
    importState(dict, this.paramGroups, this.state, this.scalarState);
  }

  /** Throws an ArgumentError for options out of range. */
  protected abstract validate(group: ParameterGroup<Options>): void;

  /** Entries of the state that are one number, which PyTorch keeps in tensors. */
  protected get scalarState(): readonly string[] {
    return ['step'];
  }

  /** What is remembered of a parameter; nothing at first. */
  protected stateOf(param: Tensor): ParameterState {
    let state = this.state.get(param);
    if (state === undefined) {
      state = { step: 0 };
      this.state.set(param, state);
    }
    return state;
  }

  /** A tensor of the state, of the parameter's kind and filled with one value at first. */
  protected buffer(state: ParameterState, name: string, { shape, dtype, backend }: Tensor, value = 0): Tensor {
    state[name] ??= keep(full(shape, value, { dtype, backend }));
    return state[name] as Tensor;
  }
}

/** Throws unless every named option is at least 0 (and below `below`, where given), or a 0-d tensor. */
export function assertRange(
  name: string,
  options: Readonly<Record<string, Hyper>>,
  below: number = Number.POSITIVE_INFINITY,
): void {
  for (const [option, value] of Object.entries(options)) {
    if (typeof value !== 'number') {
      if (value.ndim > 0)
        throw new ArgumentError(`${name}: ${option} must be a number or 0-d, got ${formatShape(value.shape)}`);
    } else if (!(value >= 0 && value < below))
      throw new ArgumentError(`${name}: ${option} must be in [0, ${below}), got ${value}`);
  }
}
