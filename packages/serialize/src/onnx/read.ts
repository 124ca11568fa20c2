import { type Backend, defaultBackend, registry } from '@gradus/backend';
import { ArgumentError, type DType, formatShape, isFloat } from '@gradus/storage';
import { type BackendRef, scope, type Tensor, to } from '@gradus/tensor';
import { FormatError } from '../format-error.ts';
import { elementOf } from './data-type.ts';
import { decodeModel } from './decode.ts';
import { isIntegerList, readTensor } from './initializer.ts';
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from './model.ts';
import { host, Node } from './node.ts';
import { operators } from './operators/index.ts';

export interface ReadOnnxOptions {
  /** Where the model runs; default: the backend in use. */
  readonly backend?: BackendRef;
  /** Whether the parameters require gradients. Default true, as those of modules. */
  readonly requiresGrad?: boolean;
  /** Elements that a result of a node may have. Default 2^28. */
  readonly maxElements?: number;
}

const DEFAULT_MAX_ELEMENTS = 2 ** 28;

/** An input or output of a model. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  /** A name stands for a size that is free, null for an unknown one; the whole is null where even the rank is unknown. */
  readonly shape: readonly (number | string | null)[] | null;
}

/** Operators of a graph that Gradus does not have. */
export class UnsupportedOperatorsError extends FormatError {
  override readonly name: string = 'UnsupportedOperatorsError';
  /** Each once, with its domain where that isn't ONNX's own. */
  readonly operators: readonly string[];

  constructor(operators: readonly string[]) {
    super(`onnx: the graph needs operators that are not supported: ${operators.join(', ')}`);
    this.operators = operators;
  }
}

/**
 * Reads an ONNX model, to run it and to train it further. Throws an UnsupportedOperatorsError that lists every operator that
 * Gradus does not have, and a FormatError for a broken file.
 *
 * @see https://onnx.ai/onnx/operators/
 */
export function readOnnx(bytes: Uint8Array, options: ReadOnnxOptions = {}): OnnxModel {
  return new OnnxModel(decodeModel(bytes), options);
}

/** A graph with its weights. */
export class OnnxModel {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** The graph's float tensors by name, for optimizers and state dicts. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly #graph: GraphProto;
  readonly #opset: number;
  readonly #device: Backend;
  readonly #maxElements: number;
  readonly #initializers = new Map<string, Tensor>();

  constructor(
    model: ModelProto,
    { backend, requiresGrad = true, maxElements = DEFAULT_MAX_ELEMENTS }: ReadOnnxOptions,
  ) {
    this.#graph = model.graph;
    this.#opset = opsetOf(model);
    this.#device = resolve(backend);
    this.#maxElements = maxElements;
    assertSupported(model.graph);
    assertOrder(model.graph);
    for (const proto of model.graph.initializers) {
      const onHost = isIntegerList(proto);
      if (this.#initializers.has(proto.name))
        throw new FormatError(`onnx: the initializer '${proto.name}' is there twice`);
      this.#initializers.set(proto.name, readTensor(proto, onHost ? host : this.#device, onHost));
    }
    this.parameters = new Map([...this.#initializers].filter(([, x]) => isFloat(x.dtype)));
    if (requiresGrad) for (const x of this.parameters.values()) x.setRequiresGrad();
    this.inputs = model.graph.inputs.filter(({ name }) => !this.#initializers.has(name)).map(valueOf);
    this.outputs = model.graph.outputs.map(valueOf);
  }

  /**
   * The outputs by name, in the graph's order, for inputs by name. Gradients flow to the parameters and inputs.
   *
   * @throws ArgumentError for inputs that are missing, unknown, or of another shape than the model says.
   */
  run(inputs: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>): Map<string, Tensor> {
    const given = inputs instanceof Map ? (inputs as ReadonlyMap<string, Tensor>) : new Map(Object.entries(inputs));
    this.#assertInputs(given);
    const results = scope(() => {
      const values = new Map<string, Tensor>([...this.#initializers, ...given]);
      this.#runNodes(this.#graph, values);
      return this.outputs.map(({ name }) => {
        const x = valueIn(values, name);
        return x.backend === this.#device ? x : to(x, this.#device);
      });
    });
    return new Map(this.outputs.map(({ name }, i) => [name, results[i] as Tensor]));
  }

  #runNodes(graph: GraphProto, values: Map<string, Tensor>): void {
    for (const proto of graph.nodes) {
      const given = proto.inputs.map((name) => (name === '' ? null : valueIn(values, name)));
      const node = new Node(proto, given, {
        opset: this.#opset,
        device: this.#device,
        maxElements: this.#maxElements,
        runGraph: (branch) => this.#runBranch(branch, values),
      });
      const run = operators.get(proto.opType);
      if (run === undefined) throw new UnsupportedOperatorsError([proto.opType]);
      const result = run(node);
      const results = Array.isArray(result) ? (result as readonly (Tensor | null)[]) : [result as Tensor];
      for (const [i, name] of proto.outputs.entries()) {
        const x = results[i];
        if (name === '' || !x) continue;
        node.checked(x.shape);
        values.set(name, x);
      }
    }
  }

  /** A branch sees the values around it. */
  #runBranch(graph: GraphProto, around: ReadonlyMap<string, Tensor>): readonly Tensor[] {
    const values = new Map(around);
    for (const proto of graph.initializers) {
      const onHost = isIntegerList(proto);
      values.set(proto.name, readTensor(proto, onHost ? host : this.#device, onHost));
    }
    this.#runNodes(graph, values);
    return graph.outputs.map(({ name }) => valueIn(values, name));
  }

  #assertInputs(inputs: ReadonlyMap<string, Tensor>): void {
    const names = this.inputs.map(({ name }) => name);
    const unknown = [...inputs.keys()].filter((name) => !names.includes(name));
    const missing = names.filter((name) => !inputs.has(name));
    if (unknown.length + missing.length > 0) {
      const list = (keys: readonly string[]): string => keys.join(', ') || 'none';
      throw new ArgumentError(
        `onnx: the inputs are ${list(names)}; missing: ${list(missing)}; unknown: ${list(unknown)}`,
      );
    }
    for (const { name, shape } of this.inputs) {
      const given = (inputs.get(name) as Tensor).shape;
      const fits =
        shape === null ||
        (shape.length === given.length && shape.every((n, i) => typeof n !== 'number' || n === given[i]));
      if (!fits)
        throw new ArgumentError(`onnx: the input '${name}' must be [${shape.join(', ')}], got ${formatShape(given)}`);
    }
  }
}

function resolve(backend: BackendRef | undefined): Backend {
  if (backend === undefined) return defaultBackend();
  return typeof backend === 'string' ? registry.get(backend) : backend;
}

function valueIn(values: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const found = values.get(name);
  if (found === undefined) throw new FormatError(`onnx: nothing makes the value '${name}'`);
  return found;
}

function valueOf({ name, elementType, shape }: ValueInfoProto): OnnxValue {
  return { name, dtype: elementOf(elementType).dtype, shape };
}

const isOnnxDomain = (domain: string): boolean => domain === '' || domain === 'ai.onnx';

function opsetOf({ opsets }: ModelProto): number {
  return opsets.find(({ domain }) => isOnnxDomain(domain))?.version ?? 1;
}

function assertSupported(graph: GraphProto): void {
  const missing = new Set<string>();
  for (const { opType, domain } of nodesOf(graph)) {
    if (!isOnnxDomain(domain)) missing.add(`${domain}.${opType}`);
    else if (!operators.has(opType)) missing.add(opType);
  }
  if (missing.size > 0) throw new UnsupportedOperatorsError([...missing].sort());
}

function* nodesOf(graph: GraphProto): Generator<NodeProto> {
  for (const node of graph.nodes) {
    yield node;
    for (const attribute of node.attributes) if (attribute.graph !== null) yield* nodesOf(attribute.graph);
  }
}

/** Nodes come after what they read, and every value is made once. */
function assertOrder(graph: GraphProto): void {
  const made = new Set([...graph.initializers, ...graph.inputs].map(({ name }) => name));
  for (const { inputs, outputs, opType } of graph.nodes) {
    for (const name of inputs) {
      if (name !== '' && !made.has(name))
        throw new FormatError(`onnx: ${opType} reads '${name}', which nothing before it makes`);
    }
    for (const name of outputs) {
      if (name !== '' && made.has(name)) throw new FormatError(`onnx: the value '${name}' is made twice`);
      made.add(name);
    }
  }
  for (const { name } of graph.outputs) {
    if (!made.has(name)) throw new FormatError(`onnx: nothing makes the output '${name}'`);
  }
}
