import { formatShape, type Shape } from '@gradus/storage';
import { Tensor, type TensorOptions, unrecorded, zeros } from '@gradus/tensor';
import { registerForwardHook } from './hooks/index.ts';
import { Weighted } from './layers/weighted.ts';
import type { AnyModule } from './module.ts';

/** One module of a model, as it ran. */
export interface SummaryRow {
  /** Dotted, as `namedModules` gives it; '' for the model. */
  readonly name: string;
  /** The class. */
  readonly layer: string;
  /** How deep in the model: 0 for the model. */
  readonly depth: number;
  /** Of the first tensor of the result; null if the module did not run, or gave none. */
  readonly outputShape: Shape | null;
  /** Of the module itself, without its submodules; a parameter counts where it is seen first. */
  readonly parameters: number;
  readonly trainable: number;
  /** Of the module itself, in all its forwards. */
  readonly multiplyAdds: number;
}

/** What `summary` gives. */
export interface Summary {
  readonly rows: readonly SummaryRow[];
  readonly parameters: number;
  readonly trainable: number;
  readonly multiplyAdds: number;
  /** As a table. */
  toString(): string;
}

/**
 * Runs a model once, in evaluation mode, on zeros of `inputShape` (one shape per input), and tells every module's output shape,
 * parameters and multiply-adds. A layer's multiply-adds are its parameters times the positions that it is applied at: those of the
 * image for a convolution, else all axes of the output but the last.
 *
 * ```ts
 * console.log(String(summary(model, [1, 1, 28, 28])))
 * ```
 *
 * @param options dtype and backend of the inputs; int32 for a model that begins with an embedding
 */
export function summary(
  model: AnyModule,
  inputShape: Shape | readonly Shape[],
  options: Pick<TensorOptions, 'dtype' | 'backend'> = {},
): Summary {
  const shapes = (typeof inputShape[0] === 'number' || inputShape.length === 0 ? [inputShape] : inputShape) as Shape[];
  const runs = runAll(
    model,
    shapes.map((shape) => zeros(shape, options)),
  );
  const seen = new Set<Tensor>();
  const rows = Array.from(model.namedModules(), ([name, module]): SummaryRow => {
    const own = ownParameters(module).filter((parameter) => !seen.has(parameter));
    for (const parameter of own) seen.add(parameter);
    const outputs = runs.get(module) ?? [];
    const count = sizeOfAll(ownParameters(module));
    return {
      name,
      layer: module.constructor.name,
      depth: name === '' ? 0 : name.split('.').length,
      outputShape: outputs[0] ?? null,
      parameters: sizeOfAll(own),
      trainable: sizeOfAll(own.filter((parameter) => parameter.requiresGrad)),
      multiplyAdds: outputs.reduce((sum, shape) => sum + count * positionsOf(module, shape), 0),
    };
  });
  const total = (key: 'parameters' | 'trainable' | 'multiplyAdds'): number =>
    rows.reduce((sum, row) => sum + row[key], 0);
  const totals = {
    parameters: total('parameters'),
    trainable: total('trainable'),
    multiplyAdds: total('multiplyAdds'),
  };
  return { rows, ...totals, toString: () => tableOf(rows, totals) };
}

/** The output shapes of every module, a forward each. */
function runAll(model: AnyModule, inputs: readonly Tensor[]): ReadonlyMap<AnyModule, readonly Shape[]> {
  const runs = new Map<AnyModule, Shape[]>();
  const modules = Array.from(model.namedModules(), ([, module]) => module);
  const modes = modules.map(({ training }) => training);
  const removals = modules.map((module) =>
    registerForwardHook(module as never, (_: unknown, __: unknown, output: unknown): undefined => {
      const tensor = [output].flat(3).find((part) => part instanceof Tensor);
      if (tensor instanceof Tensor) runs.set(module, [...(runs.get(module) ?? []), tensor.shape]);
    }),
  );
  try {
    model.eval();
    unrecorded(() => model.forward(...(inputs as never[])));
  } finally {
    for (const remove of removals) remove();
    for (const [i, module] of modules.entries()) module.training = modes[i] as boolean;
    for (const input of inputs) input.dispose();
  }
  return runs;
}

function ownParameters(module: AnyModule): readonly Tensor[] {
  return Array.from(module.namedParameters()).flatMap(([name, parameter]) => (name.includes('.') ? [] : [parameter]));
}

/** How often each parameter is multiplied. */
function positionsOf(module: AnyModule, shape: Shape): number {
  const image = module instanceof Weighted ? module.kernelSize.length : 0;
  const counted = image > 0 ? [...shape.slice(0, -image - 1), ...shape.slice(-image)] : shape.slice(0, -1);
  return counted.reduce((product, n) => product * n, 1);
}

function sizeOfAll(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { size }) => sum + size, 0);
}

function tableOf(rows: readonly SummaryRow[], totals: Omit<Summary, 'rows' | 'toString'>): string {
  const cells = rows.map((row) => {
    const label = row.name === '' ? row.layer : `${row.name.split('.').at(-1)}: ${row.layer}`;
    const shape = row.outputShape ? formatShape(row.outputShape) : '-';
    return [`${'  '.repeat(row.depth)}${label}`, shape, countOf(row.parameters), countOf(row.multiplyAdds)];
  });
  const table = [['layer', 'output shape', 'parameters', 'multiply-adds'], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((line) => (line[column] as string).length)));
  const lines = table.map((line) => {
    const padded = line.map((cell, i) =>
      i < 2 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
    );
    return padded.join('  ').trimEnd();
  });
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const { parameters, trainable, multiplyAdds } = totals;
  return [
    ...[lines[0], rule, ...lines.slice(1), rule],
    `parameters ${parameters.toLocaleString('en')}, trainable ${trainable.toLocaleString('en')}`,
    `multiply-adds ${multiplyAdds.toLocaleString('en')}`,
  ].join('\n');
}

function countOf(n: number): string {
  return n === 0 ? '-' : n.toLocaleString('en');
}
