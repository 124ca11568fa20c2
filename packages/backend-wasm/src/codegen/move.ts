import { type Code, f64, i32, v128 } from '../assembler/index.ts';
import type { Emitter } from './emitter.ts';

/** Bytes of a vector. */
const VECTOR = 16;

/** Bytes of an element of any dtype. */
export type ItemSize = 1 | 2 | 4 | 8;

/** Copies an element bit by bit, whatever it means. */
export function moveElement(size: ItemSize, to: Code, from: Code): Code {
  if (size === 8) return f64.store(to, f64.load(from));
  if (size === 4) return i32.store(to, i32.load(from));
  return size === 2 ? i32.store16(to, i32.load16U(from)) : i32.store8(to, i32.load8U(from));
}

/** Copies `count` neighbouring elements, vector after vector. The addresses are locals; the memory doesn't overlap. */
export function moveRow({ fn }: Emitter, size: ItemSize, to: Code, from: Code, count: Code): void {
  const at = fn.variable('i32', i32.const(0));
  const rest = fn.variable('i32', i32.mul(count, i32.const(size)));
  const target = i32.add(to, at.get);
  const origin = i32.add(from, at.get);
  const moved = (bytes: number): Code => [at.increase(i32.const(bytes)), rest.increase(i32.const(-bytes))];
  fn.while(i32.leS(i32.const(VECTOR), rest.get), () => {
    fn.emit(v128.store(target, v128.load(origin)), moved(VECTOR));
  });
  fn.while(rest.get, () => fn.emit(moveElement(size, target, origin), moved(size)));
}
