/**
 * The first key that an object of this (valid) JSON text has twice, quoted, or null. `JSON.parse` keeps the last of them
 * silently, where another reader may keep the first.
 */
export function duplicateKey(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  // Strings, with the colon that makes them keys, and the brackets outside of them.
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/gs)) {
    if (string !== undefined) {
      const keys = open.at(-1);
      if (colon === undefined || !keys) continue;
      const key = string.includes('\\') ? JSON.stringify(JSON.parse(string)) : string;
      if (keys.has(key)) return key;
      keys.add(key);
    } else if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else open.pop();
  }
  return null;
}
