// The part of ONNX's messages that is read and written here, by their names there.
// @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

export interface ModelProto {
  irVersion: number;
  producerName: string;
  producerVersion: string;
  graph: GraphProto;
  opsets: OpsetProto[];
}

export interface OpsetProto {
  domain: string;
  version: number;
}

export interface GraphProto {
  name: string;
  nodes: NodeProto[];
  initializers: TensorProto[];
  inputs: ValueInfoProto[];
  outputs: ValueInfoProto[];
}

export interface NodeProto {
  inputs: string[];
  outputs: string[];
  name: string;
  opType: string;
  domain: string;
  attributes: AttributeProto[];
}

/** One of the values is what `type` says. */
export interface AttributeProto {
  name: string;
  type: number;
  float: number;
  int: number;
  string: string;
  tensor: TensorProto | null;
  graph: GraphProto | null;
  floats: number[];
  ints: number[];
  strings: string[];
}

export const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

/** Values are in `raw`, little endian, or in the list of their kind. */
export interface TensorProto {
  name: string;
  dims: number[];
  dataType: number;
  raw: Uint8Array | null;
  floats: number[];
  int32s: number[];
  int64s: number[];
  doubles: number[];
  uint64s: number[];
  /** Whether the values are in another file. */
  external: boolean;
}

export interface ValueInfoProto {
  name: string;
  /** 0 where it is no tensor. */
  elementType: number;
  /** A size, a name for one that isn't fixed, or null for an unknown one. The whole is null for an unknown number of axes. */
  shape: (number | string | null)[] | null;
}

export const newGraph = (): GraphProto => ({ name: '', nodes: [], initializers: [], inputs: [], outputs: [] });

export const newAttribute = (): AttributeProto => ({
  name: '',
  type: 0,
  float: 0,
  int: 0,
  string: '',
  tensor: null,
  graph: null,
  floats: [],
  ints: [],
  strings: [],
});

export const newTensor = (): TensorProto => ({
  name: '',
  dims: [],
  dataType: 0,
  raw: null,
  floats: [],
  int32s: [],
  int64s: [],
  doubles: [],
  uint64s: [],
  external: false,
});
