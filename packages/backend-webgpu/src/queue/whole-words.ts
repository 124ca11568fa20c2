/** WebGPU writes whole words. */
export const WORD = 4;

/** An upload as words: those that it fills, and bits of words that others have a part in. */
export interface Words {
  /** Bytes of whole words, and where they go. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly byteOffset: number;
  readonly patches: readonly WordPatch[];
}

/** Some bytes of one word: `value` has them in place, `mask` has ones there. */
export interface WordPatch {
  readonly word: number;
  readonly mask: number;
  readonly value: number;
}

/** `end`: where the buffer's bytes end; what lies behind is padding, which may be overwritten. */
export function wordsOf(bytes: Uint8Array, byteOffset: number, end: number): Words {
  const from = Math.ceil(byteOffset / WORD) * WORD;
  const to = byteOffset + bytes.length;
  const reachesEnd = to >= end;
  const until = reachesEnd ? Math.ceil(to / WORD) * WORD : Math.max(Math.floor(to / WORD) * WORD, from);
  const patches: WordPatch[] = [];
  if (byteOffset < from) patches.push(patchOf(bytes, byteOffset, 0, Math.min(from, to)));
  if (to > until) patches.push(patchOf(bytes, byteOffset, until, to));
  return { bytes: padded(bytes, from - byteOffset, until - byteOffset), byteOffset: from, patches };
}

/** The bytes of places [from, to), which are in one word; those before the upload's first don't count. */
function patchOf(bytes: Uint8Array, byteOffset: number, from: number, to: number): WordPatch {
  const word = Math.floor((to - 1) / WORD);
  let [mask, value] = [0, 0];
  for (let at = Math.max(from, byteOffset); at < to; at++) {
    const shift = 8 * (at % WORD);
    mask |= 0xff << shift;
    value |= (bytes[at - byteOffset] as number) << shift;
  }
  return { word, mask, value };
}

/** Bytes [from, to), with zeros behind the last; copied where they aren't a page's own: Node 20 crashes on shared memory. */
function padded(bytes: Uint8Array, from: number, to: number): Uint8Array<ArrayBuffer> {
  if (to <= bytes.length && bytes.buffer instanceof ArrayBuffer) {
    return bytes.subarray(from, to) as Uint8Array<ArrayBuffer>;
  }
  const copy = new Uint8Array(Math.max(to - from, 0));
  copy.set(bytes.subarray(from, to));
  return copy;
}
