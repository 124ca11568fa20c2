import { unsigned } from './code.ts';
import { type FunctionBuilder, typeCodes, type ValueType } from './function.ts';

/** A function that a module takes from outside. */
export interface ImportedFunction {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface ModuleSource {
  readonly imports: readonly ImportedFunction[];
  /** By name; all are exported, and none has results. */
  readonly functions: Readonly<Record<string, FunctionBuilder>>;
  /** Whether `env.memory` is shared between threads. */
  readonly shared: boolean;
}

const text = (name: string): number[] => vector([...new TextEncoder().encode(name)].map((byte) => [byte]));
const vector = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];

function section(id: number, content: readonly number[]): number[] {
  const size = unsigned(content.length);
  const bytes = new Array<number>(1 + size.length + content.length);
  [id, ...size].forEach((byte, i) => {
    bytes[i] = byte;
  });
  for (let i = 0; i < content.length; i++) bytes[1 + size.length + i] = content[i] as number;
  return bytes;
}

const FUNCTION = 0;
const MEMORY = 2;
const GLOBAL = 3;

/** Limits of memories that a module takes: any, and shared ones of any maximum. */
const ANY_SIZE = [0, 0];
const ANY_SHARED_SIZE = [3, 0, ...unsigned(65536)];

const IMMUTABLE = 0;

/**
 * The bytes of a module over the memory `env.memory`; `env.thread` is the number of the thread that runs it. Functions are
 * numbered imports first, in the order given.
 * Sections: https://webassembly.github.io/spec/core/binary/modules.html
 */
export function encodeModule({ imports, functions, shared }: ModuleSource): Uint8Array<ArrayBuffer> {
  const types: string[] = [];
  const encodedTypes: number[][] = [];
  const typeOf = (params: readonly ValueType[], results: readonly ValueType[]): number => {
    const key = `${params.join()}:${results.join()}`;
    if (!types.includes(key)) {
      types.push(key);
      const list = (of: readonly ValueType[]): number[] => vector(of.map((type) => [typeCodes[type]]));
      encodedTypes.push([0x60, ...list(params), ...list(results)]);
    }
    return types.indexOf(key);
  };
  const memory = [...text('env'), ...text('memory'), MEMORY, ...(shared ? ANY_SHARED_SIZE : ANY_SIZE)];
  const thread = [...text('env'), ...text('thread'), GLOBAL, typeCodes.i32, IMMUTABLE];
  const imported = imports.map(({ name, params, results }) => [
    ...text('env'),
    ...text(name),
    FUNCTION,
    ...unsigned(typeOf(params, results)),
  ]);
  const entries = Object.entries(functions);
  const declared = entries.map(([, builder]) => unsigned(typeOf(builder.params, [])));
  const exported = entries.map(([name], i) => [...text(name), FUNCTION, ...unsigned(imports.length + i)]);
  const bodies = entries.map(([, builder]) => {
    const body = builder.encode();
    return section(0, body).slice(1);
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(encodedTypes)),
    ...section(2, vector([memory, thread, ...imported])),
    ...section(3, vector(declared)),
    ...section(7, vector(exported)),
    ...section(10, vector(bodies)),
  ]);
}
