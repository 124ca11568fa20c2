import { ArgumentError, nodeModule } from '@gradus/storage';
import { fromValues, type Tensor } from '@gradus/tensor';
import { assertSample, type Dataset } from '../datasets/dataset.ts';
import { type CsvOptions, type CsvRow, columnNames, numberColumns, parseFields, rowOf } from './parse.ts';

/**
 * The rows of a CSV file. In a batch, a column of numbers is a tensor, one of text a list.
 *
 * ```ts
 * const houses = await CsvDataset.read('houses.csv')
 * const data = new TensorDataset({ features: houses.tensor(['rooms', 'age']), price: houses.tensor(['price']) })
 * ```
 */
export class CsvDataset implements Dataset<CsvRow> {
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];

  /** Reads the text of a file. Throws an ArgumentError that says the row for text that is no table. */
  constructor(text: string, options: CsvOptions = {}) {
    const { header = true } = options;
    const fields = parseFields(text, options);
    const [first] = fields;
    if (first === undefined) throw new ArgumentError('CSV: there is no row');
    this.columns = columnNames(first, options);
    const body = header ? fields.slice(1) : fields;
    const isNumber = numberColumns(this.columns, body, options);
    this.rows = body.map((row, i) => rowOf(this.columns, isNumber, row, i + (header ? 2 : 1)));
  }

  /** Reads a file, in Node. */
  static async read(path: string, options: CsvOptions = {}): Promise<CsvDataset> {
    const { readFile } = nodeModule<typeof import('node:fs/promises')>('CsvDataset', 'node:fs/promises');
    return new CsvDataset(await readFile(path, 'utf8'), options);
  }

  get length(): number {
    return this.rows.length;
  }

  get(index: number): CsvRow {
    assertSample(index, this.length);
    return this.rows[index] as CsvRow;
  }

  /** Columns of numbers, all of them if not told which, as float32 [rows, columns]. */
  tensor(columns: readonly string[] = this.columns): Tensor {
    const values = new Float32Array(this.length * columns.length);
    for (const [i, row] of this.rows.entries()) {
      for (const [j, name] of columns.entries()) {
        const value = row[name];
        if (typeof value !== 'number') {
          throw new ArgumentError(
            `CSV: ${value === undefined ? `no column '${name}'` : `column '${name}' is no numbers`}`,
          );
        }
        values[i * columns.length + j] = value;
      }
    }
    return fromValues(values, [this.length, columns.length]);
  }
}
