import type { Cursor } from './cursor.ts';
import { integerOf, integerOfText } from './integers.ts';
import { opcodes as op } from './opcodes.ts';
import type { Loaded } from './records.ts';

/** The value that an opcode holds itself, read from the cursor; undefined for an opcode that holds none. */
export function readLiteral(code: number, cursor: Cursor): Loaded | undefined {
  switch (code) {
    case op.NONE:
      return null;
    case op.NEWTRUE:
      return true;
    case op.NEWFALSE:
      return false;
    case op.BININT:
      return cursor.i32();
    case op.BININT1:
      return cursor.u8();
    case op.BININT2:
      return cursor.u16();
    case op.LONG1:
      return integerOf(cursor.take(cursor.u8()));
    case op.LONG4:
      return integerOf(cursor.take(cursor.u32()));
    case op.INT:
    case op.LONG:
      return integerOfText(cursor.line());
    case op.FLOAT:
      return Number(cursor.line());
    case op.BINFLOAT:
      return cursor.f64();
    case op.UNICODE:
      return cursor.line();
    case op.SHORT_BINSTRING:
    case op.SHORT_BINUNICODE:
      return cursor.text(cursor.u8());
    case op.BINSTRING:
    case op.BINUNICODE:
      return cursor.text(cursor.u32());
    case op.BINUNICODE8:
      return cursor.text(cursor.u64());
    case op.SHORT_BINBYTES:
      return new Uint8Array(cursor.take(cursor.u8()));
    case op.BINBYTES:
      return new Uint8Array(cursor.take(cursor.u32()));
    case op.BINBYTES8:
    case op.BYTEARRAY8:
      return new Uint8Array(cursor.take(cursor.u64()));
    default:
      return undefined;
  }
}
