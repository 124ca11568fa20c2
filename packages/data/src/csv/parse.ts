import { ArgumentError } from '@gradus/storage';
import Papa from 'papaparse';

export interface CsvOptions {
  /** Whether the first row names the columns; left out, they are named `0`, `1`, ... Default true. */
  readonly header?: boolean;
  /** Default: what the text seems to use, out of comma, tab, semicolon and bar. */
  readonly delimiter?: string;
  /** What columns hold, where it isn't what it looks like: numbers, unless a field is none. */
  readonly types?: Readonly<Record<string, 'number' | 'string'>>;
}

/** The fields of a line, by column; a number that is missing is NaN. */
export type CsvRow = Readonly<Record<string, number | string>>;

/** The text of a CSV file as rows of fields. Throws an ArgumentError for text that is no table. */
export function parseFields(text: string, { delimiter }: CsvOptions): string[][] {
  const { data, errors } = Papa.parse<string[]>(text, {
    skipEmptyLines: true,
    ...(delimiter === undefined ? {} : { delimiter }),
  });
  // A single column has no delimiter to be found.
  const error = errors.find(({ code }) => code !== 'UndetectableDelimiter');
  if (error !== undefined) throw new ArgumentError(`CSV: ${error.message} (row ${(error.row ?? 0) + 1})`);
  return data;
}

export function columnNames(first: readonly string[], { header = true }: CsvOptions): readonly string[] {
  const names = header
    ? first.map((name, i) => (i === 0 ? name.replace(/^\ufeff/, '') : name))
    : first.map((_, i) => `${i}`);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new ArgumentError(`CSV: two columns are named '${twice}'`);
  return names;
}

/** Makes a row of fields. Rows are counted from 1, the header included. */
export function rowOf(
  columns: readonly string[],
  isNumber: readonly boolean[],
  fields: readonly string[],
  row: number,
): CsvRow {
  if (fields.length !== columns.length) {
    throw new ArgumentError(`CSV: row ${row} has ${fields.length} fields, there are ${columns.length} columns`);
  }
  return Object.fromEntries(
    columns.map((name, i) => [name, isNumber[i] === true ? numberIn(fields[i] as string, name, row) : fields[i]]),
  ) as CsvRow;
}

/** Which columns are numbers, as far as these rows show. */
export function numberColumns(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  { types = {} }: CsvOptions,
): boolean[] {
  const unknown = Object.keys(types).find((name) => !columns.includes(name));
  if (unknown !== undefined) throw new ArgumentError(`CSV: no column '${unknown}'; there are ${columns.join(', ')}`);
  return columns.map((name, i) => {
    if (types[name] !== undefined) return types[name] === 'number';
    const filled = rows.map((fields) => fields[i] ?? '').filter((field) => field.trim() !== '');
    return filled.length > 0 && filled.every((field) => !Number.isNaN(Number(field)) || isNan(field));
  });
}

function numberIn(field: string, column: string, row: number): number {
  if (field.trim() === '' || isNan(field)) return Number.NaN;
  const value = Number(field);
  if (Number.isNaN(value)) throw new ArgumentError(`CSV: row ${row}, column '${column}': '${field}' is no number`);
  return value;
}

function isNan(field: string): boolean {
  return field.trim().toLowerCase() === 'nan';
}
