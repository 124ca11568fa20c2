import { type Backend, HostBackend } from '@gradus/backend';
import { isFloat } from '@gradus/storage';
import { dataSync, type Tensor, to } from '@gradus/tensor';
import { FormatError } from '../format-error.ts';
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from './model.ts';

/**
 * Where integers live that shapes are computed from: in host memory, so that they can be read without waiting for a device.
 * Ops on nothing else run there too.
 */
export const host: Backend = new HostBackend('onnx');

/** How an operator is run: the results, in the order of the node's outputs. */
export type Operator = (node: Node) => Tensor | readonly (Tensor | null)[];

/** A node of a graph while it runs: its attributes, and its inputs where they are needed. */
export class Node {
  readonly proto: NodeProto;
  readonly opset: number;
  /** The backend of the model. */
  readonly device: Backend;
  /** Elements that a result may have. */
  readonly maxElements: number;
  /** Runs a graph that is an attribute. */
  readonly runGraph: (graph: GraphProto) => readonly Tensor[];
  readonly #inputs: readonly (Tensor | null)[];
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor(
    proto: NodeProto,
    inputs: readonly (Tensor | null)[],
    context: Pick<Node, 'opset' | 'device' | 'maxElements' | 'runGraph'>,
  ) {
    this.proto = proto;
    this.opset = context.opset;
    this.device = context.device;
    this.maxElements = context.maxElements;
    this.runGraph = context.runGraph;
    this.#inputs = inputs;
    this.#attributes = new Map(proto.attributes.map((attribute) => [attribute.name, attribute]));
  }

  get inputCount(): number {
    return this.#inputs.length;
  }

  /** The input, on the backend where this node runs: the host where all inputs are there. */
  input(index: number): Tensor {
    const found = this.optional(index);
    if (found === null) throw this.error(`its input ${index} is missing`);
    return found;
  }

  optional(index: number): Tensor | null {
    const x = this.#inputs[index] ?? null;
    return x === null || x.backend === this.target ? x : to(x, this.target);
  }

  inputs(): readonly Tensor[] {
    return this.#inputs.map((_, i) => this.input(i));
  }

  /** Where the results are made. */
  get target(): Backend {
    return this.#inputs.some((x) => x !== null && x.backend !== host) ? this.device : host;
  }

  has(index: number): boolean {
    return (this.#inputs[index] ?? null) !== null;
  }

  /** The shape of an input. */
  shape(index: number): readonly number[] {
    const x = this.#inputs[index] ?? null;
    if (x === null) throw this.error(`its input ${index} is missing`);
    return x.shape;
  }

  /** An input's values; null where it is left out. They must be known without waiting. */
  numbers(index: number): readonly number[] | null {
    const x = this.#inputs[index] ?? null;
    if (x === null) return null;
    if (x.backend.downloadSync === undefined)
      throw this.error(`its input ${index} is computed by a device that can't be read at once`);
    return Array.from(dataSync(x));
  }

  /** Integers that newer operators take as an input, and older ones as an attribute. */
  integers(index: number, attribute: string): readonly number[] | null {
    return this.numbers(index) ?? this.attribute(attribute)?.ints ?? null;
  }

  attribute(name: string): AttributeProto | null {
    return this.#attributes.get(name) ?? null;
  }

  int(name: string, missing: number): number {
    return this.attribute(name)?.int ?? missing;
  }

  float(name: string, missing: number): number {
    return this.attribute(name)?.float ?? missing;
  }

  string(name: string, missing: string): string {
    return this.attribute(name)?.string ?? missing;
  }

  ints(name: string): readonly number[] | null {
    return this.attribute(name)?.ints ?? null;
  }

  tensor(name: string): TensorProto | null {
    return this.attribute(name)?.tensor ?? null;
  }

  /** An axis counted from the front. */
  axis(value: number, rank: number = this.shape(0).length): number {
    const axis = value < 0 ? value + rank : value;
    if (!Number.isInteger(axis) || axis < 0 || axis > Math.max(rank - 1, 0))
      throw this.error(`it has no axis ${value}`);
    return axis;
  }

  /** A float result stays on the device; what may become a shape goes to the host. */
  backendFor(dtype: Parameters<typeof isFloat>[0]): Backend {
    return isFloat(dtype) ? this.device : host;
  }

  /** The shape, where it is one and not larger than the model may make. */
  checked(shape: readonly number[]): readonly number[] {
    const isShape = shape.every((n) => Number.isInteger(n) && n >= 0);
    if (isShape && shape.reduce((size, n) => size * n, 1) <= this.maxElements) return shape;
    throw this.error(`it asks for the shape [${shape.join(', ')}]; raise maxElements if you trust the model`);
  }

  error(reason: string): FormatError {
    const { opType, name } = this.proto;
    return new FormatError(`onnx: ${opType}${name === '' ? '' : ` '${name}'`}: ${reason}`);
  }
}
