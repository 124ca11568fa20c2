import { asFormatError, FormatError } from '../format-error.ts';
import {
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  newAttribute,
  newGraph,
  newTensor,
  type OpsetProto,
  type TensorProto,
  type ValueInfoProto,
} from './model.ts';
import { type Fields, Reader } from './reader.ts';

/** Reads ONNX's bytes (protocol buffers). Throws a FormatError for broken ones. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  const model: ModelProto = { irVersion: 0, producerName: '', producerVersion: '', graph: newGraph(), opsets: [] };
  asFormatError('onnx', () => new Reader(bytes).whole(model, modelFields));
  return model;
}

const modelFields: Fields<ModelProto> = {
  1: (model, { pbf }) => {
    model.irVersion = pbf.readVarint();
  },
  2: (model, { pbf }) => {
    model.producerName = pbf.readString();
  },
  3: (model, { pbf }) => {
    model.producerVersion = pbf.readString();
  },
  7: (model, reader) => {
    reader.message(model.graph, graphFields);
  },
  8: (model, reader) => {
    model.opsets.push(reader.message({ domain: '', version: 0 }, opsetFields));
  },
};

const opsetFields: Fields<OpsetProto> = {
  1: (opset, { pbf }) => {
    opset.domain = pbf.readString();
  },
  2: (opset, { pbf }) => {
    opset.version = pbf.readVarint();
  },
};

const graphFields: Fields<GraphProto> = {
  1: (graph, reader) => {
    const node = { inputs: [], outputs: [], name: '', opType: '', domain: '', attributes: [] };
    graph.nodes.push(reader.message<NodeProto>(node, nodeFields));
  },
  2: (graph, { pbf }) => {
    graph.name = pbf.readString();
  },
  5: (graph, reader) => {
    graph.initializers.push(reader.message(newTensor(), tensorFields));
  },
  11: (graph, reader) => {
    graph.inputs.push(readValueInfo(reader));
  },
  12: (graph, reader) => {
    graph.outputs.push(readValueInfo(reader));
  },
  15: () => {
    throw new FormatError('onnx: sparse initializers are not supported');
  },
};

const nodeFields: Fields<NodeProto> = {
  1: (node, { pbf }) => {
    node.inputs.push(pbf.readString());
  },
  2: (node, { pbf }) => {
    node.outputs.push(pbf.readString());
  },
  3: (node, { pbf }) => {
    node.name = pbf.readString();
  },
  4: (node, { pbf }) => {
    node.opType = pbf.readString();
  },
  5: (node, reader) => {
    node.attributes.push(reader.message(newAttribute(), attributeFields));
  },
  7: (node, { pbf }) => {
    node.domain = pbf.readString();
  },
};

const attributeFields: Fields<AttributeProto> = {
  1: (attribute, { pbf }) => {
    attribute.name = pbf.readString();
  },
  2: (attribute, { pbf }) => {
    attribute.float = pbf.readFloat();
  },
  3: (attribute, { pbf }) => {
    attribute.int = pbf.readVarint(true);
  },
  4: (attribute, { pbf }) => {
    attribute.string = pbf.readString();
  },
  5: (attribute, reader) => {
    attribute.tensor = reader.message(newTensor(), tensorFields);
  },
  6: (attribute, reader) => {
    attribute.graph = reader.message(newGraph(), graphFields);
  },
  7: (attribute, { pbf }) => {
    pbf.readPackedFloat(attribute.floats);
  },
  8: (attribute, { pbf }) => {
    pbf.readPackedVarint(attribute.ints, true);
  },
  9: (attribute, { pbf }) => {
    attribute.strings.push(pbf.readString());
  },
  20: (attribute, { pbf }) => {
    attribute.type = pbf.readVarint();
  },
};

const tensorFields: Fields<TensorProto> = {
  1: (tensor, { pbf }) => {
    pbf.readPackedVarint(tensor.dims, true);
  },
  2: (tensor, { pbf }) => {
    tensor.dataType = pbf.readVarint();
  },
  4: (tensor, { pbf }) => {
    pbf.readPackedFloat(tensor.floats);
  },
  5: (tensor, { pbf }) => {
    pbf.readPackedVarint(tensor.int32s, true);
  },
  7: (tensor, { pbf }) => {
    pbf.readPackedVarint(tensor.int64s, true);
  },
  8: (tensor, { pbf }) => {
    tensor.name = pbf.readString();
  },
  9: (tensor, { pbf }) => {
    tensor.raw = pbf.readBytes();
  },
  10: (tensor, { pbf }) => {
    pbf.readPackedDouble(tensor.doubles);
  },
  11: (tensor, { pbf }) => {
    pbf.readPackedVarint(tensor.uint64s);
  },
  13: (tensor) => {
    tensor.external = true;
  },
  14: (tensor, { pbf }) => {
    if (pbf.readVarint() !== 0) tensor.external = true;
  },
};

function readValueInfo(reader: Reader): ValueInfoProto {
  return reader.message<ValueInfoProto>({ name: '', elementType: 0, shape: null }, valueInfoFields);
}

const valueInfoFields: Fields<ValueInfoProto> = {
  1: (info, { pbf }) => {
    info.name = pbf.readString();
  },
  2: (info, reader) => {
    reader.message(info, typeFields);
  },
};

const typeFields: Fields<ValueInfoProto> = {
  1: (info, reader) => {
    reader.message(info, tensorTypeFields);
  },
};

const tensorTypeFields: Fields<ValueInfoProto> = {
  1: (info, { pbf }) => {
    info.elementType = pbf.readVarint();
  },
  2: (info, reader) => {
    info.shape = [];
    reader.message(info.shape, shapeFields);
  },
};

const shapeFields: Fields<(number | string | null)[]> = {
  1: (shape, reader) => {
    shape.push(reader.message<{ size: number | string | null }>({ size: null }, dimensionFields).size);
  },
};

const dimensionFields: Fields<{ size: number | string | null }> = {
  1: (dimension, { pbf }) => {
    dimension.size = pbf.readVarint(true);
  },
  2: (dimension, { pbf }) => {
    dimension.size = pbf.readString();
  },
};
