import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Histogram } from './histogram.ts';

// The messages of TensorFlow's event.proto, summary.proto and tensor.proto, as far as TensorBoard needs them.

/** Writes the fields of a message. */
type Message = (writer: BinaryWriter) => void;

/** One value of a summary. */
export type Value =
  | { readonly scalar: number }
  | { readonly histogram: Histogram }
  | { readonly image: PngImage }
  | { readonly text: string };

export interface PngImage {
  readonly width: number;
  readonly height: number;
  /** 1 gray, 2 gray with alpha, 3 RGB, 4 RGBA. */
  readonly channels: number;
  readonly png: Uint8Array;
}

/** The first event of a file. */
export function encodeVersion(seconds: number): Uint8Array {
  return encode((event) => {
    event.tag(1, WireType.Bit64).double(seconds);
    event.tag(3, WireType.LengthDelimited).string('brain.Event:2');
  });
}

export function encodeEvent(seconds: number, step: number, tag: string, value: Value): Uint8Array {
  return encode((event) => {
    event.tag(1, WireType.Bit64).double(seconds);
    event.tag(2, WireType.Varint).int64(step);
    nested(event, 5, (summary) => {
      nested(summary, 1, (entry) => {
        entry.tag(1, WireType.LengthDelimited).string(tag);
        encodeValue(entry, value);
      });
    });
  });
}

function encodeValue(entry: BinaryWriter, value: Value): void {
  if ('scalar' in value) entry.tag(2, WireType.Bit32).float(value.scalar);
  else if ('image' in value) nested(entry, 4, image(value.image));
  else if ('histogram' in value) nested(entry, 5, histogram(value.histogram));
  else {
    nested(entry, 8, stringTensor(value.text));
    nested(entry, 9, (metadata) => {
      nested(metadata, 1, (plugin) => void plugin.tag(1, WireType.LengthDelimited).string('text'));
    });
  }
}

function image({ height, width, channels, png }: PngImage): Message {
  return (writer) => {
    writer.tag(1, WireType.Varint).int32(height);
    writer.tag(2, WireType.Varint).int32(width);
    writer.tag(3, WireType.Varint).int32(channels);
    writer.tag(4, WireType.LengthDelimited).bytes(png);
  };
}

function histogram({ min, max, count, sum, sumOfSquares, limits, counts }: Histogram): Message {
  return (writer) => {
    for (const [i, value] of [min, max, count, sum, sumOfSquares].entries()) {
      writer.tag(i + 1, WireType.Bit64).double(value);
    }
    for (const [field, values] of [
      [6, limits],
      [7, counts],
    ] as const) {
      writer.tag(field, WireType.LengthDelimited).fork();
      for (const value of values) writer.double(value);
      writer.join();
    }
  };
}

const DT_STRING = 7;

/** A tensor of one string. */
function stringTensor(text: string): Message {
  return (tensor) => {
    tensor.tag(1, WireType.Varint).int32(DT_STRING);
    nested(tensor, 2, (shape) => nested(shape, 2, (axis) => void axis.tag(1, WireType.Varint).int64(1)));
    tensor.tag(8, WireType.LengthDelimited).string(text);
  };
}

function nested(writer: BinaryWriter, field: number, message: Message): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  message(writer);
  writer.join();
}

function encode(message: Message): Uint8Array {
  const writer = new BinaryWriter();
  message(writer);
  return writer.finish();
}
