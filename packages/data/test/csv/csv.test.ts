import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, IndexError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import { CsvDataset, type CsvOptions, type CsvRow, csvRows } from '../../src/csv/index.ts';
import { DataLoader } from '../../src/index.ts';
import { all } from '../setup.ts';

const houses = '\ufeffrooms,town,price\n3,"Bath, ""old""",100.5\r\n4,Ely,\n';
const rows = [
  { rooms: 3, town: 'Bath, "old"', price: 100.5 },
  { rooms: 4, town: 'Ely', price: Number.NaN },
];

describe('CsvDataset', () => {
  test('has rows of numbers and text, with quotes, gaps and line ends of any kind', () => {
    const data = new CsvDataset(houses);
    expect(data.columns).toEqual(['rooms', 'town', 'price']);
    expect(data.rows).toEqual(rows);
    expect(data.get(1)).toEqual(rows[1]);
    expect(() => data.get(2)).toThrow(IndexError);
  });

  test('becomes batches, and tensors', async () => {
    const data = new CsvDataset(houses);
    const [batch] = await all(new DataLoader<CsvRow, Record<string, unknown>>(data, { batchSize: 2 }));
    expect(batch?.town).toEqual(['Bath, "old"', 'Ely']);
    expect(await (batch as { rooms: Tensor }).rooms.toArray()).toEqual([3, 4]);
    expect(await data.tensor(['price', 'rooms']).toArray()).toEqual([
      [100.5, 3],
      [Number.NaN, 4],
    ]);
    expect(() => data.tensor()).toThrow("column 'town' is no numbers");
    expect(() => data.tensor(['age'])).toThrow("no column 'age'");
  });

  test.each<[string, string, CsvOptions, unknown]>([
    [
      'without a header',
      '1,x\n2,y',
      { header: false },
      [
        { 0: 1, 1: 'x' },
        { 0: 2, 1: 'y' },
      ],
    ],
    ['with tabs', 'a\tb\n1\t2', {}, [{ a: 1, b: 2 }]],
    ['with a delimiter of its own', 'a:b\n1:2', { delimiter: ':' }, [{ a: 1, b: 2 }]],
    ['of one column', 'a\n1\n2', {}, [{ a: 1 }, { a: 2 }]],
    ['with numbers that are names', 'id\n01\n02', { types: { id: 'string' } }, [{ id: '01' }, { id: '02' }]],
    [
      'with numbers of every kind',
      'x\n-1e3\nnan\n.5\nInfinity',
      {},
      [-1000, Number.NaN, 0.5, Number.POSITIVE_INFINITY].map((x) => ({ x })),
    ],
    ['of a header alone', 'a,b', {}, []],
  ])('%s', (_, text, options, expected) => {
    expect(new CsvDataset(text, options).rows).toEqual(expected);
  });

  test.each<[string, string, CsvOptions]>([
    ['row 3 has 3 fields, there are 2 columns', 'a,b\n1,2\n1,2,3', {}],
    ['two columns are named', 'a,a\n1,2', {}],
    ["row 3, column 'a': 'x' is no number", 'a\n1\nx', { types: { a: 'number' } }],
    ["no column 'b'", 'a\n1', { types: { b: 'number' } }],
    ['Quoted field unterminated', 'a,b\n1,"2', {}],
    ['there is no row', '', {}],
  ])('%s: refused', (message, text, options) => {
    expect(() => new CsvDataset(text, options)).toThrow(ArgumentError);
    expect(() => new CsvDataset(text, options)).toThrow(message);
  });

  test('is read from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gradus-csv-'));
    await writeFile(join(folder, 'x.csv'), houses);
    expect((await CsvDataset.read(join(folder, 'x.csv'))).rows).toEqual(rows);
    await rm(folder, { recursive: true });
  });
});

describe('csvRows', () => {
  test('gives the rows of a file that comes in pieces, wherever it is cut', async () => {
    const bytes = new TextEncoder().encode(houses.replace('Ely', 'Erfürt'));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut, cut + 1), bytes.subarray(cut + 1)];
      const seen = await all(csvRows(() => chunks));
      expect(seen).toEqual([rows[0], { ...rows[1], town: 'Erfürt' }]);
    }
  });

  test('begins anew in every epoch, and makes batches', async () => {
    const loader = new DataLoader<CsvRow, { a: Tensor }>(
      csvRows(() => ['a\n1', '2\n3\n\n4\n']),
      { batchSize: 2 },
    );
    for (let epoch = 0; epoch < 2; epoch++) {
      const batches = await all(loader);
      expect(await Promise.all(batches.map(({ a }) => a.toArray()))).toEqual([[12, 3], [4]]);
    }
  });

  test('says which row is wrong', async () => {
    await expect(all(csvRows(() => ['a,b\n1,2\n3,4,5\n']))).rejects.toThrow('row 3 has 3 fields');
    await expect(all(csvRows(() => ['a\n1\nx\n']))).rejects.toThrow("row 3, column 'a': 'x' is no number");
    expect(await all(csvRows(() => []))).toEqual([]);
  });
});
