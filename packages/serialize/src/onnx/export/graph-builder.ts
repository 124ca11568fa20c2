import { type DType, encode, type Shape } from '@gradus/storage';
import { BOOL, dataTypes, INT64 } from '../data-type.ts';
import {
  type AttributeProto,
  attributeTypes,
  type GraphProto,
  newAttribute,
  newGraph,
  newTensor,
  type TensorProto,
} from '../model.ts';

/** An attribute's value: integers, a list of them, or text. Floats are given as `{ float }`. */
export type AttributeValue = number | readonly number[] | string | { readonly float: number };

/** Puts a graph together: makes names and constants. */
export class GraphBuilder {
  readonly graph: GraphProto = { ...newGraph(), name: 'gradus' };
  readonly #names = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #constants = new Map<string, string>();

  /** Makes a name one's own; throws nothing, but gives another one where it is taken. */
  reserve(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** Adds a node of one output, whose name is given back. */
  add(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string {
    return this.addMany(opType, inputs, 1, attributes)[0] as string;
  }

  addMany(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): readonly string[] {
    const count = this.#counts.get(opType) ?? 0;
    this.#counts.set(opType, count + 1);
    const name = this.reserve(`${opType}_${count}`);
    const results = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : this.reserve(`${name}_${i}`)));
    this.graph.nodes.push({
      inputs: [...inputs],
      outputs: [...results],
      name,
      opType,
      domain: '',
      attributes: Object.entries(attributes).map(([key, value]) => attributeOf(key, value)),
    });
    return results;
  }

  /** int64 numbers; equal ones are there once. */
  integers(values: readonly number[], shape: Shape = [values.length]): string {
    return this.#constant(`i${values.join()};${shape.join()}`, () =>
      tensorOf(INT64, shape, new Uint8Array(BigInt64Array.from(values, BigInt).buffer)),
    );
  }

  /** One number of a dtype, 0-d. */
  scalar(value: number, dtype: DType): string {
    const text = Object.is(value, -0) ? '-0' : String(value);
    return this.#constant(`s${text};${dtype}`, () => tensorOf(dataTypes[dtype], [], scalarBytes(value, dtype)));
  }

  initializer(name: string, tensor: TensorProto): void {
    this.graph.initializers.push({ ...tensor, name });
  }

  #constant(key: string, make: () => TensorProto): string {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.reserve(`constant_${this.#constants.size}`);
    this.#constants.set(key, name);
    this.initializer(name, make());
    return name;
  }
}

/** Values as a graph holds them. */
function tensorOf(dataType: number, shape: Shape, raw: Uint8Array): TensorProto {
  return { ...newTensor(), dims: [...shape], dataType, raw };
}

/** A tensor's file bytes as a graph holds them: int32 becomes int64. */
export function tensorOfBytes(dtype: DType, shape: Shape, bytes: Uint8Array): TensorProto {
  if (dtype !== 'int32') return tensorOf(dataTypes[dtype], shape, bytes);
  const values = new Int32Array(new Uint8Array(bytes).buffer);
  return tensorOf(INT64, shape, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
}

function scalarBytes(value: number, dtype: DType): Uint8Array {
  if (dtype === 'int32') return new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
  if (dataTypes[dtype] === BOOL) return Uint8Array.of(value === 0 ? 0 : 1);
  return new Uint8Array(encode([value], dtype).buffer);
}

function attributeOf(name: string, value: AttributeValue): AttributeProto {
  const attribute = { ...newAttribute(), name };
  if (typeof value === 'number') return { ...attribute, type: attributeTypes.int, int: value };
  if (typeof value === 'string') return { ...attribute, type: attributeTypes.string, string: value };
  if ('float' in value) return { ...attribute, type: attributeTypes.float, float: value.float };
  return { ...attribute, type: attributeTypes.ints, ints: [...value] };
}
