import { FormatError } from '../format-error.ts';
import type { Cursor } from './cursor.ts';
import { asValue, findGlobal, UnsafeGlobalError } from './globals.ts';
import { integerOf, integerOfText } from './integers.ts';
import { opcodes as op } from './opcodes.ts';
import { Global, type Loaded, TensorRecord } from './records.ts';
import { isDictKey, type PytorchKey, Tuple } from './value.ts';

/** Resolves what a pickle keeps outside of itself: storages. */
export type PersistentLoad = (id: Loaded) => Loaded;

/**
 * Reads one pickle (protocols 0 to 5) that holds data only, from the cursor on. Names are looked up in a fixed list, and
 * there is no opcode here that could do anything but build values: the file has no code that could run.
 */
export function unpickle(cursor: Cursor, persistentLoad: PersistentLoad): Loaded {
  return new Unpickler(cursor, persistentLoad).run();
}

class Unpickler {
  readonly #cursor: Cursor;
  readonly #persistentLoad: PersistentLoad;
  #stack: Loaded[] = [];
  /** The stacks below each mark. */
  readonly #marks: Loaded[][] = [];
  readonly #memo = new Map<number, Loaded>();

  constructor(cursor: Cursor, persistentLoad: PersistentLoad) {
    this.#cursor = cursor;
    this.#persistentLoad = persistentLoad;
  }

  run(): Loaded {
    for (;;) {
      const code = this.#cursor.u8();
      if (code === op.STOP) return this.#pop();
      if (!this.#literal(code) && !this.#container(code) && !this.#object(code)) {
        throw new FormatError(`pytorch: the opcode 0x${code.toString(16)} of the pickle is not allowed, or unknown`);
      }
    }
  }

  /** Opcodes that push a value which they hold themselves. */
  #literal(code: number): boolean {
    const cursor = this.#cursor;
    switch (code) {
      case op.NONE:
        return this.#push(null);
      case op.NEWTRUE:
        return this.#push(true);
      case op.NEWFALSE:
        return this.#push(false);
      case op.BININT:
        return this.#push(cursor.i32());
      case op.BININT1:
        return this.#push(cursor.u8());
      case op.BININT2:
        return this.#push(cursor.u16());
      case op.LONG1:
        return this.#push(integerOf(cursor.take(cursor.u8())));
      case op.LONG4:
        return this.#push(integerOf(cursor.take(cursor.u32())));
      case op.INT:
      case op.LONG:
        return this.#push(integerOfText(cursor.line()));
      case op.FLOAT:
        return this.#push(Number(cursor.line()));
      case op.BINFLOAT:
        return this.#push(cursor.f64());
      case op.UNICODE:
        return this.#push(cursor.line());
      case op.SHORT_BINSTRING:
      case op.SHORT_BINUNICODE:
        return this.#push(cursor.text(cursor.u8()));
      case op.BINSTRING:
      case op.BINUNICODE:
        return this.#push(cursor.text(cursor.u32()));
      case op.BINUNICODE8:
        return this.#push(cursor.text(cursor.u64()));
      case op.SHORT_BINBYTES:
        return this.#push(new Uint8Array(cursor.take(cursor.u8())));
      case op.BINBYTES:
        return this.#push(new Uint8Array(cursor.take(cursor.u32())));
      case op.BINBYTES8:
      case op.BYTEARRAY8:
        return this.#push(new Uint8Array(cursor.take(cursor.u64())));
      default:
        return false;
    }
  }

  /** Opcodes that build lists, tuples, dicts and sets of what is on the stack. */
  #container(code: number): boolean {
    switch (code) {
      case op.MARK:
        this.#marks.push(this.#stack);
        this.#stack = [];
        return true;
      case op.EMPTY_LIST:
        return this.#push([]);
      case op.EMPTY_TUPLE:
        return this.#push(new Tuple<Loaded>());
      case op.EMPTY_DICT:
        return this.#push(new Map());
      case op.EMPTY_SET:
        return this.#push(new Set());
      case op.LIST:
        return this.#push(this.#sinceMark());
      case op.TUPLE:
        return this.#push(Tuple.from(this.#sinceMark()));
      case op.TUPLE1:
      case op.TUPLE2:
      case op.TUPLE3:
        return this.#push(Tuple.from(this.#popMany(code - op.TUPLE1 + 1)));
      case op.DICT:
        return this.#push(this.#setItems(new Map(), this.#sinceMark()));
      case op.FROZENSET:
        return this.#push(new Set(this.#sinceMark()));
      case op.APPEND:
        return this.#append(this.#popMany(1));
      case op.APPENDS:
        return this.#append(this.#sinceMark());
      case op.SETITEM:
        return this.#setItemsOfTop(this.#popMany(2));
      case op.SETITEMS:
        return this.#setItemsOfTop(this.#sinceMark());
      case op.ADDITEMS:
        return this.#addItems(this.#sinceMark());
      default:
        return false;
    }
  }

  /** Opcodes of the stack, the memo, names and what is made by them. */
  #object(code: number): boolean {
    const cursor = this.#cursor;
    switch (code) {
      case op.PROTO:
        if (cursor.u8() > 5) throw new FormatError('pytorch: the pickle has a protocol newer than 5');
        return true;
      case op.FRAME:
        cursor.u64();
        return true;
      case op.POP:
        this.#pop();
        return true;
      case op.POP_MARK:
        this.#sinceMark();
        return true;
      case op.DUP:
        return this.#push(this.#top());
      case op.PUT:
        return this.#remember(Number(cursor.line()));
      case op.BINPUT:
        return this.#remember(cursor.u8());
      case op.LONG_BINPUT:
        return this.#remember(cursor.u32());
      case op.MEMOIZE:
        return this.#remember(this.#memo.size);
      case op.GET:
        return this.#recall(Number(cursor.line()));
      case op.BINGET:
        return this.#recall(cursor.u8());
      case op.LONG_BINGET:
        return this.#recall(cursor.u32());
      case op.GLOBAL:
        return this.#global(cursor.line(), cursor.line());
      case op.STACK_GLOBAL:
        return this.#global(...(this.#popMany(2) as [Loaded, Loaded]));
      case op.BINPERSID:
        return this.#push(this.#persistentLoad(this.#pop()));
      case op.REDUCE:
      case op.NEWOBJ:
        return this.#call(...(this.#popMany(2) as [Loaded, Loaded]));
      case op.BUILD:
        return this.#build(this.#pop());
      default:
        return false;
    }
  }

  #push(value: Loaded): true {
    this.#stack.push(value);
    return true;
  }

  #top(): Loaded {
    const top = this.#stack.at(-1);
    if (top === undefined) throw new FormatError('pytorch: the pickle takes from an empty stack');
    return top;
  }

  #pop(): Loaded {
    const top = this.#top();
    this.#stack.pop();
    return top;
  }

  #popMany(count: number): Loaded[] {
    if (this.#stack.length < count) throw new FormatError('pytorch: the pickle takes from an empty stack');
    return this.#stack.splice(-count);
  }

  #sinceMark(): Loaded[] {
    const items = this.#stack;
    const below = this.#marks.pop();
    if (below === undefined) throw new FormatError('pytorch: the pickle has no mark where it needs one');
    this.#stack = below;
    return items;
  }

  #append(items: readonly Loaded[]): true {
    const target = this.#top();
    if (!Array.isArray(target) || target instanceof Tuple) throw new FormatError('pytorch: appends to what is no list');
    for (const item of items) target.push(item);
    return true;
  }

  #addItems(items: readonly Loaded[]): true {
    const target = this.#top();
    if (!(target instanceof Set)) throw new FormatError('pytorch: adds to what is no set');
    for (const item of items) target.add(item);
    return true;
  }

  #setItemsOfTop(items: readonly Loaded[]): true {
    const target = this.#top();
    if (!(target instanceof Map)) throw new FormatError('pytorch: sets items of what is no dict');
    this.#setItems(target, items);
    return true;
  }

  #setItems(target: Map<PytorchKey, Loaded>, items: readonly Loaded[]): Loaded {
    if (items.length % 2 !== 0) throw new FormatError('pytorch: a key without a value');
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i] as Loaded;
      if (!isDictKey(key))
        throw new FormatError('pytorch: the key of a dict must be a string, a number, a bool or None');
      if (target.has(key)) throw new FormatError(`pytorch: the key '${key}' is there twice`);
      target.set(key, items[i + 1] as Loaded);
    }
    return target;
  }

  #remember(index: number): true {
    this.#memo.set(index, this.#top());
    return true;
  }

  #recall(index: number): true {
    const value = this.#memo.get(index);
    if (value === undefined) throw new FormatError(`pytorch: the pickle has nothing to remember as ${index}`);
    return this.#push(value);
  }

  #global(module: Loaded, name: Loaded): true {
    if (typeof module !== 'string' || typeof name !== 'string')
      throw new FormatError('pytorch: a name that is no text');
    return this.#push(asValue(findGlobal(module, name)));
  }

  #call(callee: Loaded, args: Loaded): true {
    if (!(callee instanceof Global) || !Array.isArray(args))
      throw new FormatError('pytorch: calls what is no function');
    if (callee.call === null) throw new UnsafeGlobalError(callee.name);
    return this.#push(callee.call(args));
  }

  /** Attributes of dicts (`_metadata` of a state dict) and of tensors are left out. */
  #build(state: Loaded): true {
    const target = this.#top();
    const hasAttributes = target instanceof Map || target instanceof TensorRecord;
    if (hasAttributes && (state === null || state instanceof Map || Array.isArray(state))) return true;
    throw new FormatError('pytorch: sets attributes of a value that has none');
  }
}
