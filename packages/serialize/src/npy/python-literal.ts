import { FormatError } from '../format-error.ts';

/** What a header can be: strings, integers, booleans, None, and tuples, lists and dicts of them. */
export type PythonLiteral = string | number | boolean | null | PythonLiteral[] | Map<string, PythonLiteral>;

const TOKEN = /\s*(?:([{}()[\],:])|'([^'\\]*)'|"([^"\\]*)"|(-?\d+)L?|(True|False|None)|$)/y;
const MAX_DEPTH = 16;

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Reads a Python literal: data only, nothing is evaluated. */
export function parseLiteral(text: string): PythonLiteral {
  const tokens = tokensOf(text);
  let at = 0;

  const take = (mark: string): boolean => {
    if (tokens[at] !== mark) return false;
    at++;
    return true;
  };

  const value = (depth: number): PythonLiteral => {
    const token = tokens[at++];
    if (token === undefined || depth > MAX_DEPTH) throw broken(text);
    if (typeof token !== 'string') return token.value;
    if (token === '{') return dict(depth + 1);
    if (token === '(' || token === '[') return sequence(closing[token] as string, depth + 1);
    throw broken(text);
  };

  const sequence = (end: string, depth: number): PythonLiteral[] => {
    const parts: PythonLiteral[] = [];
    while (!take(end)) {
      parts.push(value(depth));
      if (!take(',') && tokens[at] !== end) throw broken(text);
    }
    return parts;
  };

  const dict = (depth: number): Map<string, PythonLiteral> => {
    const entries = new Map<string, PythonLiteral>();
    while (!take('}')) {
      const key = value(depth);
      if (typeof key !== 'string' || entries.has(key) || !take(':')) throw broken(text);
      entries.set(key, value(depth));
      if (!take(',') && tokens[at] !== '}') throw broken(text);
    }
    return entries;
  };

  const result = value(0);
  if (at !== tokens.length) throw broken(text);
  return result;
}

/** Punctuation as it is, everything else by its value. */
type Token = string | { readonly value: string | number | boolean | null };

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const [token, mark, single, double, integer, name] = TOKEN.exec(text) ?? [];
    if (token === undefined) throw broken(text);
    if (mark !== undefined) tokens.push(mark);
    else if (integer !== undefined) tokens.push({ value: Number(integer) });
    else if (name !== undefined) tokens.push({ value: name === 'None' ? null : name === 'True' });
    else if (single !== undefined || double !== undefined) tokens.push({ value: single ?? (double as string) });
    else break;
  }
  return tokens;
}

function broken(text: string): FormatError {
  return new FormatError(`npy: the header is no Python literal: ${JSON.stringify(text.slice(0, 80))}`);
}
