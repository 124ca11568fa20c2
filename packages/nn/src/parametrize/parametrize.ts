import { ArgumentError, formatShape, ShapeError, sameShape } from '@gradus/storage';
import { Tensor, unrecorded } from '@gradus/tensor';
import { ModuleDict, ModuleList } from '../containers/index.ts';
import type { AnyModule, Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { compute, parameterOf, restore } from './computed.ts';

/**
 * A module that computes a weight: from one tensor, or from the several that its `rightInverse` makes of a weight.
 * `rightInverse` may be left out where the weight itself is what is trained.
 */
export type Parametrization = Module<Tensor[], Tensor> & {
  rightInverse?(weight: Tensor): Tensor | readonly Tensor[];
};

/**
 * What a weight is computed from and by: state-dict names are `original` (or `original0`, `original1`, ...) and those of the
 * parametrisations, '0', '1', ...
 */
class ParametrizationList extends ModuleList<Parametrization> {
  readonly names: readonly string[];

  constructor(first: Parametrization, weight: Parameter) {
    super([first]);
    const inverse = unrecorded(() => first.rightInverse?.(weight) ?? weight);
    const single = inverse instanceof Tensor;
    const originals = single ? [inverse] : inverse;
    this.names = originals.map((_, i) => (single ? 'original' : `original${i}`));
    // A single original is the parameter itself, which optimizers may hold.
    if (single && inverse !== weight) unrecorded(() => weight.setData(inverse));
    for (const [i, name] of this.names.entries()) {
      const part = originals[i] as Tensor;
      const parameter = single ? weight : new Parameter(part.detach().clone(), weight.requiresGrad);
      Reflect.set(this, name, parameter);
    }
  }

  get originals(): readonly Parameter[] {
    return this.names.map((name) => Reflect.get(this, name) as Parameter);
  }

  /** The weight. */
  compute(): Tensor {
    const [first, ...others] = this.items;
    const weight = (first as Parametrization).forward(...this.originals);
    return others.reduce((value, next) => next.forward(value), weight);
  }

  /** Makes the originals such that the weight becomes `value`, as far as the parametrisations can. */
  assign(value: Tensor): void {
    unrecorded(() => {
      const inverses = [...this.items].reverse();
      const last = inverses.reduce<Tensor | readonly Tensor[]>((weight, next) => {
        return next.rightInverse?.(weight as Tensor) ?? weight;
      }, value);
      for (const [i, part] of [last].flat().entries()) (this.originals[i] as Parameter).copy_(part as Tensor);
    });
  }

  protected override *members(): Iterable<readonly [string, AnyModule | Parameter]> {
    const { originals } = this;
    for (const [i, name] of this.names.entries()) yield [name, originals[i] as Parameter];
    yield* super.members();
  }
}

/**
 * From now on the module's parameter `name` is what `parametrization` computes; the state dict holds
 * `parametrizations.NAME.original` instead. A second one computes from the first one's result.
 *
 * @throws ShapeError if the parametrisation changes the shape
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.register_parametrization.html
 */
export function registerParametrization(module: AnyModule, name: string, parametrization: Parametrization): void {
  const present = listOf(module, name);
  if (present !== null) {
    if (parametrization.rightInverse) present.assign(unrecorded(() => present.compute()));
    present.append(parametrization);
    return;
  }
  const weight = parameterOf('registerParametrization', module, name);
  const list = new ParametrizationList(parametrization, weight);
  const { shape } = unrecorded(() => list.compute());
  if (!sameShape(shape, weight.shape)) {
    const shapes = `from ${formatShape(weight.shape)} to ${formatShape(shape)}`;
    throw new ShapeError(`registerParametrization: the parametrization changes the shape of '${name}' ${shapes}`);
  }
  const lists = Reflect.get(module, 'parametrizations') as ModuleDict<ParametrizationList> | undefined;
  if (lists === undefined) Reflect.set(module, 'parametrizations', new ModuleDict({ [name]: list }));
  else lists.set(name, list);
  compute(
    module,
    name,
    function () {
      return (listOf(this, name) as ParametrizationList).compute();
    },
    function (value) {
      (listOf(this, name) as ParametrizationList).assign(value);
    },
  );
}

/** Whether the module's parameter `name`, or any, is computed by a parametrisation. */
export function isParametrized(module: AnyModule, name?: string): boolean {
  const lists: unknown = Reflect.get(module, 'parametrizations');
  return lists instanceof ModuleDict && (name === undefined ? lists.size > 0 : lists.has(name));
}

/**
 * Makes `name` an ordinary parameter again: of the value that it has now, or with `leaveParametrized` false of that from
 * which it is computed.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.remove_parametrizations.html
 */
export function removeParametrizations(
  module: AnyModule,
  name: string,
  options: { readonly leaveParametrized?: boolean } = {},
): void {
  const list = listOf(module, name);
  if (list === null) throw new ArgumentError(`removeParametrizations: '${name}' has no parametrization`);
  const { leaveParametrized = true } = options;
  const [original, ...others] = list.originals as readonly [Parameter, ...Parameter[]];
  if (!leaveParametrized && others.length > 0) {
    throw new ArgumentError(
      `removeParametrizations: '${name}' is computed from several tensors; leave it parametrized`,
    );
  }
  unrecorded(() => {
    const value = leaveParametrized ? list.compute() : original;
    restore(module, name, others.length > 0 ? value : original.copy_(value));
  });
  const lists = Reflect.get(module, 'parametrizations') as ModuleDict;
  lists.delete(name);
  if (lists.size === 0) Reflect.deleteProperty(module, 'parametrizations');
}

function listOf(module: AnyModule, name: string): ParametrizationList | null {
  return isParametrized(module, name)
    ? (Reflect.get(module, 'parametrizations') as ModuleDict<ParametrizationList>).get(name)
    : null;
}
