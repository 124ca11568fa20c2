import * as t from '@gradus/tensor';
import * as F from '@gradus/tensor/functional';
import { check, type GradientCase, type GradientTable, of } from './case.ts';

const int = (data: Parameters<typeof t.tensor>[0]): t.Tensor => t.tensor(data, { dtype: 'int32' });
const mask = (): t.Tensor =>
  t.tensor([
    [true, false, true],
    [false, true, false],
  ]);
const x23 = of([2, 3]);
const source22 = of([2, 2]);

// Places twice: gradients add up when reading, all values count when adding.
const repeated = (): t.Tensor =>
  int([
    [0, 2, 2],
    [1, 0, 1],
  ]);
const columns = (): t.Tensor => int([2, 0, 2]);
// Each place once, where the last value written would win.
const once = (): t.Tensor =>
  int([
    [0, 2],
    [1, 0],
  ]);
const twoColumns = (): t.Tensor => int([2, 0]);

/** An op into a copy, and the same op in place. */
type Write = (x: t.Tensor, source: t.Tensor) => t.Tensor;
const writes = (call: Write, source = of([2, 3], 1.5, 3), rest: Partial<GradientCase> = {}): GradientCase =>
  check(call as GradientCase['call'], [x23, source], rest);
const inPlace =
  (call: Write): Write =>
  (x, source) =>
    call(t.clone(x), source);

const reductions = ['prod', 'mean', 'amax', 'amin'] as const;
const distinct = { ties: false };

export const indexing: GradientTable = {
  gather: [
    check((x) => t.gather(x, 1, repeated()), [x23]),
    check((x) => t.gather(x, 0, int(0)), [of([])]),
    check((x) => t.gather(x, 0, t.zeros([0, 3], { dtype: 'int32' })), [x23]),
  ],
  takeAlongDim: [
    check((x) => t.takeAlongDim(x, int([[0], [2]]), { dim: 1 }), [x23]),
    check((x) => t.takeAlongDim(x, int([5, 0, 5])), [x23]),
  ],
  indexSelect: [
    check((x) => t.indexSelect(x, 1, columns()), [x23]),
    check((x) => t.indexSelect(x, 0, int([0])), [of([])]),
  ],
  take: [
    check(
      (x) =>
        t.take(
          x,
          int([
            [5, 0],
            [-1, 2],
          ]),
        ),
      [x23],
    ),
  ],
  embedding: [
    check(
      (w) =>
        F.embedding(
          int([
            [0, 2],
            [2, 1],
          ]),
          w,
        ),
      [of([3, 2])],
    ),
    check(
      (w) => t.where(t.tensor([[true], [false], [true]]), F.embedding(int([0, 1, 2]), w, { paddingIdx: 1 }), 0),
      [of([3, 2])],
    ),
  ],
  embeddingBag: [
    ...(['sum', 'mean', 'max'] as const).map((mode) =>
      check(
        (w) =>
          F.embeddingBag(
            int([
              [0, 2],
              [2, 1],
            ]),
            w,
            { mode },
          ),
        [of([3, 2])],
        distinct,
      ),
    ),
    check(
      (w, perSampleWeights) =>
        F.embeddingBag(int([0, 2, 2]), w, { mode: 'sum', offsets: int([0, 1]), perSampleWeights }),
      [of([3, 2]), of([3])],
    ),
  ],
  get: [
    check((x) => t.get(x, 1), [x23]),
    check((x) => t.get(x, '...', t.range(null, null, 2)), [x23]),
    check((x) => t.get(x, [1, 0, 1], [2, 2, 0]), [x23]),
    check((x) => t.get(x, null, t.range(), int([1, 1])), [x23]),
  ],
  getSync: [check((x) => t.getSync(x, mask()), [x23])],
  set: [
    check((x, y) => t.set(t.clone(x), [t.range(), 1], y), [x23, of([2])]),
    check(
      (x, y) =>
        t.set(
          t.clone(x),
          [
            [1, 0],
            [2, 0],
          ],
          y,
        ),
      [x23, of([])],
    ),
    check((x, y) => t.set(t.clone(x), [mask()], y), [x23, of([3])]),
  ],
  indexPut: [
    check((x, y) => t.indexPut(x, [int([0, 1]), int([2, 2])], y), [x23, of([2])]),
    check((x, y) => t.indexPut(x, [null, columns()], y, { accumulate: true }), [x23, of([2, 3])]),
  ],
  indexPut_: [check((x, y) => t.indexPut_(t.clone(x), [int([0, 1])], y), [x23, of([3])])],
  scatter: [
    writes((x, s) => t.scatter(x, 1, once(), s), source22),
    writes((x, s) => t.scatter(x, 1, repeated(), s, { reduce: 'add' })),
    writes((x, s) => t.scatter(x, 1, repeated(), s, { reduce: 'multiply' }), of([2, 3], 1.5, 3), { twice: true }),
    check((x) => t.scatter(x, 1, repeated(), 0.5), [x23]),
    check((x, s) => t.scatter(x, 0, int(0), s), [of([]), of([])]),
  ],
  scatter_: [
    writes(
      inPlace((x, s) => t.scatter_(x, 1, once(), s)),
      source22,
    ),
  ],
  scatterAdd: [
    writes((x, s) => t.scatterAdd(x, 1, repeated(), s)),
    check((x, s) => t.scatterAdd(x, 0, int(0), s), [of([]), of([])]),
  ],
  scatterAdd_: [writes(inPlace((x, s) => t.scatterAdd_(x, 1, repeated(), s)))],
  scatterReduce: (['sum', ...reductions] as const).flatMap((reduce) =>
    [true, false].map((includeSelf) =>
      writes((x, s) => t.scatterReduce(x, 1, repeated(), s, reduce, { includeSelf }), of([2, 3], 1.5, 3), distinct),
    ),
  ),
  scatterReduce_: [writes(inPlace((x, s) => t.scatterReduce_(x, 1, repeated(), s, 'prod')))],
  indexAdd: [writes((x, s) => t.indexAdd(x, 1, columns(), s, { alpha: 0.5 }))],
  indexAdd_: [writes(inPlace((x, s) => t.indexAdd_(x, 1, columns(), s)))],
  indexCopy: [writes((x, s) => t.indexCopy(x, 1, twoColumns(), s), source22)],
  indexCopy_: [
    writes(
      inPlace((x, s) => t.indexCopy_(x, 1, twoColumns(), s)),
      source22,
    ),
  ],
  indexFill: [check((x, value) => t.indexFill(x, 1, twoColumns(), value), [x23, of([])])],
  indexFill_: [check((x) => t.indexFill_(t.clone(x), 1, columns(), 0.5), [x23])],
  indexReduce: reductions.map((reduce) =>
    writes((x, s) => t.indexReduce(x, 1, columns(), s, reduce), of([2, 3], 1.5, 3), distinct),
  ),
  indexReduce_: [writes(inPlace((x, s) => t.indexReduce_(x, 1, columns(), s, 'mean')))],
  put: [
    writes((x, s) => t.put(x, int([5, 0]), s), of([2])),
    writes((x, s) => t.put(x, int([5, 0, 5]), s, { accumulate: true }), of([3])),
  ],
  put_: [
    writes(
      inPlace((x, s) => t.put_(x, int([5, 0]), s)),
      of([2]),
    ),
  ],
  maskedFill: [
    check((x, value) => t.maskedFill(x, mask(), value), [x23, of([])]),
    check((x) => t.maskedFill(x, mask(), 0.5), [of([3])]),
  ],
  maskedFill_: [check((x, value) => t.maskedFill_(t.clone(x), mask(), value), [x23, of([])])],
  maskedScatter: [writes((x, s) => t.maskedScatter(x, mask(), s), of([4]))],
  maskedScatter_: [
    writes(
      inPlace((x, s) => t.maskedScatter_(x, mask(), s)),
      of([2, 2]),
    ),
  ],
  maskedSelectSync: [check((x) => t.maskedSelectSync(x, mask()), [x23])],
  selectScatter: [writes((x, s) => t.selectScatter(x, s, 1, -1), of([2]))],
  sliceScatter: [writes((x, s) => t.sliceScatter(x, s, { dim: 1, start: 0, step: 2 }), source22)],
  diagonalScatter: [writes((x, s) => t.diagonalScatter(x, s, { offset: 1 }), of([2]))],
  asStridedScatter: [writes((x, s) => t.asStridedScatter(x, s, [2, 2], [2, 1]), source22)],
};
