import { PbfWriter } from 'pbf';
import {
  type AttributeProto,
  attributeTypes,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type OpsetProto,
  type TensorProto,
  type ValueInfoProto,
} from './model.ts';

/** ONNX's bytes (protocol buffers). */
export function encodeModel(model: ModelProto): Uint8Array {
  const pbf = new PbfWriter();
  integer(pbf, 1, model.irVersion);
  text(pbf, 2, model.producerName);
  text(pbf, 3, model.producerVersion);
  pbf.writeMessage(7, writeGraph, model.graph);
  for (const opset of model.opsets) pbf.writeMessage(8, writeOpset, opset);
  return pbf.finish();
}

function writeOpset(opset: OpsetProto, pbf: PbfWriter): void {
  text(pbf, 1, opset.domain);
  integer(pbf, 2, opset.version);
}

function writeGraph(graph: GraphProto, pbf: PbfWriter): void {
  for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
  text(pbf, 2, graph.name);
  for (const initializer of graph.initializers) pbf.writeMessage(5, writeTensor, initializer);
  for (const input of graph.inputs) pbf.writeMessage(11, writeValueInfo, input);
  for (const output of graph.outputs) pbf.writeMessage(12, writeValueInfo, output);
}

function writeNode(node: NodeProto, pbf: PbfWriter): void {
  for (const input of node.inputs) text(pbf, 1, input);
  for (const output of node.outputs) text(pbf, 2, output);
  text(pbf, 3, node.name);
  text(pbf, 4, node.opType);
  for (const attribute of node.attributes) pbf.writeMessage(5, writeAttribute, attribute);
  if (node.domain !== '') text(pbf, 7, node.domain);
}

function writeAttribute(attribute: AttributeProto, pbf: PbfWriter): void {
  text(pbf, 1, attribute.name);
  switch (attribute.type) {
    case attributeTypes.float:
      pbf.writeTag(2, 5);
      pbf.writeFloat(attribute.float);
      break;
    case attributeTypes.int:
      integer(pbf, 3, attribute.int);
      break;
    case attributeTypes.string:
      text(pbf, 4, attribute.string);
      break;
    case attributeTypes.tensor:
      if (attribute.tensor !== null) pbf.writeMessage(5, writeTensor, attribute.tensor);
      break;
    default:
      for (const value of attribute.ints) integer(pbf, 8, value);
  }
  integer(pbf, 20, attribute.type);
}

function writeTensor(tensor: TensorProto, pbf: PbfWriter): void {
  for (const size of tensor.dims) integer(pbf, 1, size);
  integer(pbf, 2, tensor.dataType);
  if (tensor.name !== '') text(pbf, 8, tensor.name);
  pbf.writeTag(9, 2);
  pbf.writeBytes(tensor.raw ?? new Uint8Array(0));
}

function writeValueInfo(info: ValueInfoProto, pbf: PbfWriter): void {
  text(pbf, 1, info.name);
  pbf.writeMessage(2, writeType, info);
}

function writeType(info: ValueInfoProto, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, info);
}

function writeTensorType(info: ValueInfoProto, pbf: PbfWriter): void {
  integer(pbf, 1, info.elementType);
  if (info.shape !== null) pbf.writeMessage(2, writeShape, info.shape);
}

function writeShape(shape: readonly (number | string | null)[], pbf: PbfWriter): void {
  for (const size of shape) pbf.writeMessage(1, writeDimension, { size });
}

function writeDimension({ size }: { readonly size: number | string | null }, pbf: PbfWriter): void {
  if (typeof size === 'number') integer(pbf, 1, size);
  else if (size !== null) text(pbf, 2, size);
}

function integer(pbf: PbfWriter, tag: number, value: number): void {
  pbf.writeTag(tag, 0);
  pbf.writeVarint(value);
}

function text(pbf: PbfWriter, tag: number, value: string): void {
  pbf.writeTag(tag, 2);
  pbf.writeString(value);
}
