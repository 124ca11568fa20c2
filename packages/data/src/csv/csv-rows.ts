import Papa from 'papaparse';
import { type CsvOptions, type CsvRow, columnNames, numberColumns, rowOf } from './parse.ts';

/** Pieces of text, such as a file stream or the body of a response gives. */
export type TextChunks = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/**
 * The rows of a CSV file one after another, for files that are larger than memory: an iterable data set. What a column holds is what the
 * first row of data shows, unless `types` says it.
 *
 * ```ts
 * new DataLoader(csvRows(() => createReadStream('clicks.csv')), { batchSize: 256 })
 * ```
 */
export function csvRows(open: () => TextChunks | Promise<TextChunks>, options: CsvOptions = {}): AsyncIterable<CsvRow> {
  return {
    async *[Symbol.asyncIterator]() {
      let columns: readonly string[] | null = null;
      let isNumber: readonly boolean[] | null = null;
      let row = 0;
      for await (const fields of fieldsIn(await open(), options)) {
        row++;
        if (columns === null) {
          columns = columnNames(fields, options);
          if (options.header !== false) continue;
        }
        isNumber ??= numberColumns(columns, [fields], options);
        yield rowOf(columns, isNumber, fields, row);
      }
    },
  };
}

async function* fieldsIn(
  chunks: TextChunks,
  { delimiter = ',' }: CsvOptions,
): AsyncGenerator<string[], void, undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    // The last row may go on in the next chunk.
    const { rows, rest } = split(text, delimiter, true);
    text = rest;
    yield* rows;
  }
  yield* split(text + decoder.decode(), delimiter, false).rows;
}

function split(text: string, delimiter: string, keepLast: boolean): { rows: string[][]; rest: string } {
  const parser = new Papa.Parser({ delimiter });
  const { data, meta } = parser.parse(text, 0, keepLast) as Papa.ParseResult<string[]>;
  return { rows: data.filter((fields) => fields.length > 1 || fields[0] !== ''), rest: text.slice(meta.cursor) };
}
