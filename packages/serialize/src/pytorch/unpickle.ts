import { FormatError } from '../format-error.ts';
import { addTo, appendTo, setItems } from './containers.ts';
import type { Cursor } from './cursor.ts';
import { asValue, findGlobal, UnsafeGlobalError } from './globals.ts';
import { readLiteral } from './literals.ts';
import { opcodes as op } from './opcodes.ts';
import { PickleStack } from './pickle-stack.ts';
import { Global, type Loaded, TensorRecord } from './records.ts';
import { Tuple } from './value.ts';

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
  readonly #stack = new PickleStack();

  constructor(cursor: Cursor, persistentLoad: PersistentLoad) {
    this.#cursor = cursor;
    this.#persistentLoad = persistentLoad;
  }

  run(): Loaded {
    for (;;) {
      const code = this.#cursor.u8();
      if (code === op.STOP) return this.#stack.pop();
      const literal = readLiteral(code, this.#cursor);
      if (literal !== undefined) this.#stack.push(literal);
      else if (!this.#make(code) && !this.#fill(code) && !this.#move(code) && !this.#build(code)) {
        throw new FormatError(`pytorch: the opcode 0x${code.toString(16)} of the pickle is not allowed, or unknown`);
      }
    }
  }

  /** Opcodes that make lists, tuples, dicts and sets. */
  #make(code: number): boolean {
    const stack = this.#stack;
    switch (code) {
      case op.EMPTY_LIST:
        return this.#push([]);
      case op.EMPTY_TUPLE:
        return this.#push(new Tuple<Loaded>());
      case op.EMPTY_DICT:
        return this.#push(new Map());
      case op.EMPTY_SET:
        return this.#push(new Set());
      case op.LIST:
        return this.#push(stack.popToMark());
      case op.TUPLE:
        return this.#push(Tuple.from(stack.popToMark()));
      case op.TUPLE1:
      case op.TUPLE2:
      case op.TUPLE3:
        return this.#push(Tuple.from(stack.popMany(code - op.TUPLE1 + 1)));
      case op.DICT:
        return this.#push(setItems(new Map(), stack.popToMark()));
      case op.FROZENSET:
        return this.#push(new Set(stack.popToMark()));
      default:
        return false;
    }
  }

  /** Opcodes that add what is on the stack to the container below it. */
  #fill(code: number): boolean {
    const stack = this.#stack;
    switch (code) {
      case op.APPEND:
        return this.#fillTop(appendTo, stack.popMany(1));
      case op.APPENDS:
        return this.#fillTop(appendTo, stack.popToMark());
      case op.SETITEM:
        return this.#fillTop(setItems, stack.popMany(2));
      case op.SETITEMS:
        return this.#fillTop(setItems, stack.popToMark());
      case op.ADDITEMS:
        return this.#fillTop(addTo, stack.popToMark());
      default:
        return false;
    }
  }

  /** Opcodes of the stack and the memo. */
  #move(code: number): boolean {
    const [cursor, stack] = [this.#cursor, this.#stack];
    switch (code) {
      case op.MARK:
        return done(stack.mark());
      case op.POP:
        return done(stack.pop());
      case op.POP_MARK:
        return done(stack.popToMark());
      case op.DUP:
        return done(stack.push(stack.top()));
      case op.PUT:
        return done(stack.remember(Number(cursor.line())));
      case op.BINPUT:
        return done(stack.remember(cursor.u8()));
      case op.LONG_BINPUT:
        return done(stack.remember(cursor.u32()));
      case op.MEMOIZE:
        return done(stack.remember(stack.memoSize));
      case op.GET:
        return done(stack.recall(Number(cursor.line())));
      case op.BINGET:
        return done(stack.recall(cursor.u8()));
      case op.LONG_BINGET:
        return done(stack.recall(cursor.u32()));
      default:
        return false;
    }
  }

  /** Opcodes of the protocol, of names, and of what is made by them. */
  #build(code: number): boolean {
    const [cursor, stack] = [this.#cursor, this.#stack];
    switch (code) {
      case op.PROTO:
        if (cursor.u8() > 5) throw new FormatError('pytorch: the pickle has a protocol newer than 5');
        return true;
      case op.FRAME:
        return done(cursor.u64());
      case op.GLOBAL:
        return this.#push(named(cursor.line(), cursor.line()));
      case op.STACK_GLOBAL:
        return this.#push(named(...(stack.popMany(2) as [Loaded, Loaded])));
      case op.BINPERSID:
        return this.#push(this.#persistentLoad(stack.pop()));
      case op.REDUCE:
      case op.NEWOBJ:
        return this.#push(called(...(stack.popMany(2) as [Loaded, Loaded])));
      case op.BUILD:
        return done(ignoreAttributes(stack.pop(), stack.top()));
      default:
        return false;
    }
  }

  #push(value: Loaded): true {
    return done(this.#stack.push(value));
  }

  #fillTop(fill: (target: Loaded, items: readonly Loaded[]) => void, items: readonly Loaded[]): true {
    return done(fill(this.#stack.top(), items));
  }
}

/** An opcode that was carried out. */
function done(_: unknown): true {
  return true;
}

function named(module: Loaded, name: Loaded): Loaded {
  if (typeof module === 'string' && typeof name === 'string') return asValue(findGlobal(module, name));
  throw new FormatError('pytorch: a name that is no text');
}

function called(callee: Loaded, args: Loaded): Loaded {
  if (!(callee instanceof Global) || !Array.isArray(args)) throw new FormatError('pytorch: calls what is no function');
  if (callee.call === null) throw new UnsafeGlobalError(callee.name);
  return callee.call(args);
}

/** Attributes of dicts (`_metadata` of a state dict) and of tensors are left out; nothing else has any. */
function ignoreAttributes(attributes: Loaded, target: Loaded): void {
  const hasAttributes = target instanceof Map || target instanceof TensorRecord;
  if (hasAttributes && (attributes === null || attributes instanceof Map || Array.isArray(attributes))) return;
  throw new FormatError('pytorch: sets attributes of a value that has none');
}
