import { ArgumentError, sameShape } from '@gradus/storage';
import { cat, data, scope, slice, type Tensor } from '@gradus/tensor';
import { bytesOf } from '../../bytes/element-type.ts';
import { dataTypes } from '../data-type.ts';
import { encodeModel } from '../encode.ts';
import type { ValueInfoProto } from '../model.ts';
import { GraphBuilder, tensorOfBytes } from './graph-builder.ts';
import { Lowering } from './lower.ts';
import { depends, Sizes } from './sizes.ts';
import { ExportError, type Trace, type Value } from './trace.ts';
import { trace } from './tracer.ts';

export interface ExportOnnxOptions {
  /** Tensors that the graph has by name: `model.stateDict()`. Others that the function uses are nameless constants. */
  readonly parameters?: ReadonlyMap<string, Tensor>;
  /** Default: `input`, or `input_0`, `input_1` ... for several. */
  readonly inputNames?: readonly string[];
  /** Default: `output`, or `output_0`, `output_1` ... for several. */
  readonly outputNames?: readonly string[];
  /** The axis whose size may differ when the graph runs: one for all inputs, or one for each (null: none). Default: all sizes are fixed. */
  readonly batchAxis?: number | null | readonly (number | null)[];
}

/** The operators' version: what runtimes since 2023 know. */
const OPSET = 18;
const IR_VERSION = 8;

/** How the free size is called in the graph. */
const BATCH = 'batch';

/**
 * The bytes of an ONNX model that computes what a function of tensors does: it is run on the given inputs, and every op that
 * depends on them is written down. Loops are unrolled, and sizes other than the batch are fixed. Integers are int64 in the
 * graph. Waits for the device.
 *
 * ```ts
 * model.eval()
 * const bytes = await exportOnnx((x) => model.forward(x), [x], { parameters: model.stateDict(), batchAxis: 0 })
 * ```
 *
 * @throws ExportError for what a graph can't express: random numbers, reading values, matrix factorizations.
 * @see https://onnx.ai/onnx/intro/concepts.html
 */
export async function exportOnnx(
  body: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  options: ExportOnnxOptions = {},
): Promise<Uint8Array> {
  const names = namesOf('input', inputs.length, options.inputNames);
  const axes = batchAxes(inputs, options.batchAxis ?? null);
  const parameters = options.parameters ?? new Map<string, Tensor>();
  const run = (given: readonly Tensor[]): Trace =>
    trace(
      body,
      given.map((x, i) => [names[i] as string, x] as const),
      parameters,
    );
  const traces: Trace[] = [];
  const graphs: Uint8Array[] = [];
  try {
    traces.push(run(inputs));
    const [first] = traces as [Trace];
    if (axes.every((axis) => axis === null)) return await new Export(first, first, axes, options.outputNames).bytes();
    for (const added of [1, 2]) {
      const second = withEnlarged(inputs, axes, added, run);
      traces.push(second);
      graphs.push(await new Export(first, second, axes, options.outputNames).bytes());
    }
  } finally {
    for (const each of traces) each.dispose();
  }
  // Sizes that grow in another way than by a line give two different lines.
  const [graph, again] = graphs as [Uint8Array, Uint8Array];
  if (graph.length !== again.length || graph.some((byte, i) => byte !== again[i])) throw depends('a size');
  return graph;
}

/** Two runs on their way to a graph. They are one where every size is fixed. */
class Export {
  readonly #builder = new GraphBuilder();
  readonly #names = new Map<Value, string>();
  /** Constants that the graph needs. */
  readonly #constants: (readonly [name: string, value: Value])[] = [];
  readonly #first: Trace;
  readonly #second: Trace;
  readonly #sizes: Sizes;
  readonly #outputNames: readonly string[];
  /** Filled constants whose shape depends on the batch, by their value. */
  readonly #fills = new Map<Value, number>();

  constructor(first: Trace, second: Trace, axes: readonly (number | null)[], outputNames?: readonly string[]) {
    this.#first = first;
    this.#second = second;
    this.#outputNames = namesOf('output', first.outputs.length, outputNames);
    const clash = first.inputs.find(({ name }) => this.#outputNames.includes(name));
    if (clash) throw new ArgumentError(`exportOnnx: an input and an output are both called '${clash.name}'`);
    const at = axes.findIndex((axis) => axis !== null);
    const axis = axes[at] ?? 0;
    const size = (trace: Trace): number => trace.inputs[at]?.shape[axis] ?? 0;
    const from = at < 0 ? null : { input: (first.inputs[at] as Value).name, axis };
    this.#sizes = new Sizes(this.#builder, [size(first), size(second)], from);
  }

  async bytes(): Promise<Uint8Array> {
    for (const { name } of this.#first.inputs) this.#builder.reserve(name);
    for (const name of this.#outputNames) this.#builder.reserve(name);
    for (const value of this.#first.inputs) this.#names.set(value, value.name);
    await this.#compareConstants();
    this.#lowerSteps();
    this.#nameOutputs();
    await this.#addConstants();
    const { graph } = this.#builder;
    graph.inputs = this.#first.inputs.map((value, i) => infoOf(value.name, value, this.#second.inputs[i] as Value));
    graph.outputs = this.#first.outputs.map((value, i) =>
      infoOf(this.#outputNames[i] as string, value, this.#second.outputs[i] as Value),
    );
    const opsets = [{ domain: '', version: OPSET }];
    return encodeModel({ irVersion: IR_VERSION, producerName: 'gradus', producerVersion: '', graph, opsets });
  }

  #lowerSteps(): void {
    const { steps } = this.#first;
    if (steps.length !== this.#second.steps.length) throw depends('the number of ops');
    const lowering = new Lowering(this.#builder, this.#sizes, (value, twin) => this.#nameOf(value, twin));
    const needed = neededSteps(this.#first);
    for (const [i, step] of steps.entries()) {
      if (!needed.has(step)) continue;
      const names = lowering.lower([step, this.#second.steps[i] as typeof step]);
      for (const [k, name] of names.entries()) this.#names.set(step.outputs[k] as Value, name);
    }
  }

  #nameOf(value: Value, twin: Value): string {
    const known = this.#names.get(value);
    if (known !== undefined) return known;
    if (value.constant === null)
      throw new ExportError('exportOnnx: a result that ONNX does not give, as the indices of maxPool');
    const name = this.#addConstant(value, twin);
    this.#names.set(value, name);
    return name;
  }

  #addConstant(value: Value, twin: Value): string {
    const fill = this.#fills.get(value);
    if (fill !== undefined) {
      return this.#builder.add('Expand', [
        this.#builder.scalar(fill, value.dtype),
        this.#sizes.list(value.shape, twin.shape),
      ]);
    }
    if (!sameShape(value.shape, twin.shape)) throw depends('a constant');
    const name = this.#builder.reserve(value.name === '' ? 'constant' : value.name);
    this.#constants.push([name, value]);
    return name;
  }

  /**
   * A constant has to be the same in both runs. One of a single number, as zeros for a first state, may have a shape that
   * depends on the batch.
   */
  async #compareConstants(): Promise<void> {
    const pairs = this.#first.steps.flatMap((step, i) => {
      return step.inputs.map((value, k) => [value, this.#second.steps[i]?.inputs[k]] as const);
    });
    for (const [value, twin] of new Map(pairs)) {
      if (value.constant === null || !twin?.constant || value.constant === twin.constant) continue;
      const [values, others] = [await data(value.constant), await data(twin.constant)];
      const sameShapes = sameShape(value.shape, twin.shape);
      const isFill = [...values, ...others].every((n) => Object.is(n, values[0]));
      if (!sameShapes && isFill) this.#fills.set(value, values[0] ?? 0);
      else if (!sameShapes || values.some((n, at) => !Object.is(n, others[at]))) throw depends('a constant');
    }
  }

  /** Outputs have names of their own, even where one is an input or another output. */
  #nameOutputs(): void {
    for (const [i, value] of this.#first.outputs.entries()) {
      const name = this.#nameOf(value, this.#second.outputs[i] as Value);
      const identity = {
        inputs: [name],
        outputs: [this.#outputNames[i] as string],
        name: '',
        opType: 'Identity',
        domain: '',
      };
      this.#builder.graph.nodes.push({ ...identity, attributes: [] });
    }
  }

  async #addConstants(): Promise<void> {
    for (const [name, { constant, shape, dtype }] of this.#constants) {
      this.#builder.initializer(name, tensorOfBytes(dtype, shape, await bytesOf(constant as Tensor)));
    }
  }
}

/** The steps that an output depends on. */
function neededSteps({ outputs }: Trace): ReadonlySet<unknown> {
  const needed = new Set<unknown>();
  const open = [...outputs];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (value.producer === null || needed.has(value.producer)) continue;
    needed.add(value.producer);
    open.push(...value.producer.inputs);
  }
  return needed;
}

function infoOf(name: string, { shape, dtype }: Value, twin: Value): ValueInfoProto {
  const sizes = shape.map((n, axis) => (n === twin.shape[axis] ? n : BATCH));
  return { name, elementType: dataTypes[dtype], shape: sizes };
}

function namesOf(base: string, count: number, given: readonly string[] | undefined): readonly string[] {
  const names = given ?? (count === 1 ? [base] : Array.from({ length: count }, (_, i) => `${base}_${i}`));
  if (names.length !== count || new Set(names).size !== count || names.includes('')) {
    throw new ArgumentError(
      `exportOnnx: ${count} different names are needed for the ${base}s, got ${names.join(', ')}`,
    );
  }
  return names;
}

function batchAxes(
  inputs: readonly Tensor[],
  given: NonNullable<ExportOnnxOptions['batchAxis']> | null,
): readonly (number | null)[] {
  const axes = typeof given === 'object' && given !== null ? given : inputs.map(() => given);
  if (axes.length !== inputs.length)
    throw new ArgumentError(`exportOnnx: ${axes.length} batch axes for ${inputs.length} inputs`);
  const sizes = new Set<number>();
  for (const [i, axis] of axes.entries()) {
    if (axis === null) continue;
    const size = inputs[i]?.shape[axis];
    if (!size) throw new ArgumentError(`exportOnnx: input ${i} has no elements along axis ${axis}`);
    sizes.add(size);
  }
  if (sizes.size > 1)
    throw new ArgumentError(`exportOnnx: the inputs' batches have different sizes, ${[...sizes].join(' and ')}`);
  return axes;
}

/** Runs with the first example of the batch some more times. */
function withEnlarged(
  inputs: readonly Tensor[],
  axes: readonly (number | null)[],
  added: number,
  run: (inputs: readonly Tensor[]) => Trace,
): Trace {
  return scope(() => {
    const larger = inputs.map((x, i) => {
      const axis = axes[i] ?? null;
      if (axis === null) return x;
      const first = slice(x, axis, 0, 1);
      return cat([x, ...Array.from({ length: added }, () => first)], { dim: axis });
    });
    return run(larger);
  });
}
