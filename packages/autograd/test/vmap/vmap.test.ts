import { defaultBackend } from '@gradus/backend';
import { manualSeed, rand, randn, randperm, scope, stack, type Tensor, tensor, zeros, zerosLike } from '@gradus/tensor';
import { dropout } from '@gradus/tensor/functional';
import { cholesky } from '@gradus/tensor/linalg';
import { describe, expect, it } from 'vitest';
import { vmap } from '../../src/vmap/vmap.ts';
import { f64, leaf } from '../setup.ts';

const live = (): number => defaultBackend().memory().liveBuffers;

describe('vmap', () => {
  it('gives the function one example at a time', () => {
    const shapes: (readonly number[])[] = [];
    const dots = vmap((a: Tensor, b: Tensor) => {
      shapes.push(a.shape);
      return a.mul(b).sum();
    });
    expect(
      dots(
        f64([
          [1, 2],
          [3, 4],
        ]),
        f64([
          [5, 6],
          [7, 8],
        ]),
      ).toArraySync(),
    ).toEqual([17, 53]);
    expect(shapes).toEqual([[2]]);
  });

  it('takes the axis of examples from inDims and puts it where outDims says', () => {
    const x = leaf([2, 3, 4]);
    const twice = (y: Tensor): Tensor => y.mul(2);
    expect(vmap(twice, { inDims: 1 })(x).shape).toEqual([3, 2, 4]);
    expect(vmap(twice, { inDims: -1, outDims: -1 })(x).toArraySync()).toEqual(x.mul(2).toArraySync());
    expect(vmap(twice, { inDims: 2, outDims: 1 })(x).shape).toEqual([2, 4, 3]);
  });

  it('shares arguments of inDims null, and reads tensors from outside', () => {
    const [x, w, c] = [leaf([3, 2], 1), leaf([2], 2), leaf([2], 3)];
    const mapped = vmap((a: Tensor, b: Tensor) => a.mul(b).add(c), { inDims: [0, null] });
    expect(mapped(x, w).toArraySync()).toEqual(x.mul(w).add(c).toArraySync());
  });

  it('takes and gives arrays and objects of tensors', () => {
    const params = { weight: leaf([3, 2], 1), rest: [leaf([3], 2)] };
    const mapped = vmap((p: typeof params) => ({ sum: p.weight.sum(), first: [p.rest[0] as Tensor] }));
    const { sum, first } = mapped(params);
    expect(sum.toArraySync()).toEqual(params.weight.sum({ dim: 1 }).toArraySync());
    expect(first[0]?.toArraySync()).toEqual(params.rest[0]?.toArraySync());
    const dims = { inDims: [{ weight: 1, rest: null }] };
    expect(vmap((p: typeof params) => p.weight.sum(), dims)(params).shape).toEqual([2]);
  });

  it('repeats a result that is the same for all', () => {
    const constant = f64([1, 2]);
    expect(vmap((_: Tensor) => constant)(leaf([3])).toArraySync()).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(vmap((_: Tensor) => constant, { outDims: null })(leaf([3]))).toBe(constant);
  });

  it('nests', () => {
    const [a, b] = [leaf([2, 4], 1), leaf([3, 4], 2)];
    const dot = (x: Tensor, y: Tensor): Tensor => x.mul(y).sum();
    const outer = vmap((x: Tensor) => vmap(dot, { inDims: [null, 0] })(x, b));
    const found = outer(a);
    expect(found.shape).toEqual([2, 3]);
    found.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(a.matmul(b.T).dataSync()[i] as number, 12);
    });
    const both = vmap(
      vmap((x: Tensor, y: Tensor) => x.add(y).select(0, 1)),
      { inDims: [0, 1] },
    );
    const [p, q] = [leaf([2, 3, 4], 3), leaf([3, 2, 4], 4)];
    expect(both(p, q).toArraySync()).toEqual(p.add(q.transpose(0, 1)).select(2, 1).toArraySync());
  });

  it('can be differentiated from outside', () => {
    const [x, w] = [leaf([3, 2], 1), leaf([2], 2)];
    vmap((a: Tensor) => a.mul(w).sum().exp())(x)
      .sum()
      .backward();
    const [x2, w2] = [x.detach().setRequiresGrad(), w.detach().setRequiresGrad()];
    x2.mul(w2).sum({ dim: 1 }).exp().sum().backward();
    expect(x.grad?.toArraySync()).toEqual(x2.grad?.toArraySync());
    expect(w.grad?.toArraySync()).toEqual(w2.grad?.toArraySync());
  });

  it('works in chunks, with the same result', () => {
    const x = leaf([7, 3]);
    const rows: number[] = [];
    const mapped = vmap(
      (row: Tensor) => {
        rows.push(row.ndim);
        return [row.cumsum(0), row.sum()];
      },
      { chunkSize: 3, outDims: [1, 0] },
    );
    const [sums, totals] = mapped(x) as [Tensor, Tensor];
    expect(rows.length).toBe(3);
    expect(sums.toArraySync()).toEqual(x.cumsum(1).T.toArraySync());
    expect(totals.shape).toEqual([7]);
  });

  it('launches as many kernels for many examples as for one', () => {
    const backend = defaultBackend();
    const launches = (count: number): number => {
      const { launch } = backend;
      let calls = 0;
      backend.launch = (kernel) => {
        calls++;
        launch.call(backend, kernel);
      };
      const w = leaf([5, 4]);
      vmap((x: Tensor) => x.matmul(w).tanh().softmax(0).sort().values.cumsum(0).max())(leaf([count, 5]));
      backend.launch = launch;
      return calls;
    };
    expect(launches(100)).toBe(launches(1));
  });

  it('leaves nothing behind', () => {
    const x = leaf([3, 4]).detach();
    const before = live();
    scope(() => {
      vmap((row: Tensor) => row.softmax(0).mul(row).sum())(x);
    });
    expect(live()).toBe(before);
    const result = vmap((row: Tensor) => row.softmax(0).mul(2))(x);
    expect(live()).toBe(before + 1);
    result.dispose();
  });
});

describe('in-place ops in vmap', () => {
  it('write to batched tensors, to views of them and to the argument itself', () => {
    const x = f64([
      [1, 2],
      [3, 4],
    ]);
    vmap((row: Tensor) => row.select(0, 0).mul_(10))(x);
    expect(x.toArraySync()).toEqual([
      [10, 2],
      [30, 4],
    ]);
  });

  it('make a tensor that was made inside batched when they have to', () => {
    const x = f64([
      [1, 2],
      [3, 4],
    ]);
    const filled = vmap((row: Tensor) => {
      const out = zeros([3], { dtype: 'float64' });
      for (let i = 0; i < 2; i++) out.select(0, i + 1).copy_(row.select(0, i));
      return out;
    });
    expect(filled(x).toArraySync()).toEqual([
      [0, 1, 2],
      [0, 3, 4],
    ]);
    expect(vmap((row: Tensor) => zerosLike(row).add_(row))(x).toArraySync()).toEqual(x.toArraySync());
    const nested = vmap(vmap((value: Tensor) => zeros([2], { dtype: 'float64' }).add_(value)));
    expect(nested(x).select(2, 1).toArraySync()).toEqual(x.toArraySync());
  });

  it('refuse tensors from outside, and those of which other views exist', () => {
    const outside = zeros([2], { dtype: 'float64' });
    expect(() => vmap((row: Tensor) => outside.add_(row))(leaf([3, 2]))).toThrow(
      /add_ would write a value per example into a tensor of shape \[2\].* made outside/,
    );
    const viewed = vmap((row: Tensor) => {
      const out = zeros([2], { dtype: 'float64' });
      const view = out.select(0, 0);
      out.add_(row);
      return view;
    });
    expect(() => viewed(leaf([3, 2]))).toThrow(/of which views/);
  });

  it('are seen by gradients', () => {
    const x = leaf([3, 2]);
    vmap((row: Tensor) => {
      const y = row.mul(2);
      y.select(0, 0).mul_(row.select(0, 1));
      return y.sum();
    })(x)
      .sum()
      .backward();
    const rows = x.toArraySync() as number[][];
    expect(x.grad?.toArraySync()).toEqual(rows.map(([a = 0, b = 0]) => [2 * b, 2 * a + 2]));
  });
});

describe('what vmap refuses', () => {
  const x = leaf([3, 2]);

  it('reading a batched value, and shapes that depend on one', () => {
    expect(() => vmap((row: Tensor) => row.mul(row.sum().itemSync()))(x)).toThrow(/no values to read/);
    expect(() => vmap((row: Tensor) => row.nonzeroSync())(x)).toThrow(/shape depends on values/);
    expect(() => vmap((row: Tensor) => row.maskedSelectSync(row.gt(0)))(x)).toThrow(/shape depends on values/);
    expect(vmap((row: Tensor) => (String(row).includes('tensor(...') ? row : row.sum()))(x).shape).toEqual([3, 2]);
  });

  it('factorizations that fail for an example', () => {
    const matrices = f64([1, -1]).reshape([2, 1, 1]);
    expect(() => vmap((matrix: Tensor) => cholesky(matrix))(matrices)).toThrow(/matrix \[1\] of the batch/);
  });

  it('promises, and what is no tensor', () => {
    expect(() => vmap(async (row: Tensor) => row)(x)).toThrow(/promise/);
    expect(() => vmap((_: Tensor) => 1)(x)).toThrow(/must return tensors/);
  });

  it('axes that do not fit', () => {
    expect(() => vmap((row: Tensor) => row, { inDims: 2 })(x)).toThrow(/inDims 2 is no axis .* \[3, 2\]/);
    expect(() => vmap((row: Tensor) => row, { outDims: 2 })(x)).toThrow(/outDims 2 is no axis/);
    expect(() => vmap((row: Tensor) => row, { outDims: null })(x)).toThrow(/differs between examples/);
    expect(() => vmap((row: Tensor) => row, { inDims: null })(x)).toThrow(/no argument has an axis/);
    expect(() => vmap((a: Tensor, b: Tensor) => a.add(b))(x, leaf([2]))).toThrow(/one size, got 3, 2/);
    expect(() => vmap((row: Tensor) => row, { inDims: [0, 0] })(x)).toThrow(/2 entries for 1 arguments/);
  });

  it('the use of its tensors after it has ended', () => {
    let kept: Tensor | undefined;
    vmap((row: Tensor) => {
      kept = row.mul(2);
      return kept;
    })(x);
    expect(() => kept?.add(1).dataSync()).toThrow(/vmap that has ended/);
  });
});

describe('random numbers in vmap', () => {
  const x = zeros([4, 3]);

  it('are an error unless asked for', () => {
    expect(() => vmap((row: Tensor) => row.add(rand([3])))(x)).toThrow(/randomness: 'same' } or 'different'/);
    expect(() => vmap((row: Tensor) => row.uniform_())(x)).toThrow(/random function/);
  });

  it('same: one draw for all', () => {
    manualSeed(3);
    const drawn = vmap((row: Tensor) => row.add(rand([3])), { randomness: 'same' })(x);
    manualSeed(3);
    expect(drawn.toArraySync()).toEqual(x.add(rand([3])).toArraySync());
  });

  it('different: as one larger draw', () => {
    manualSeed(3);
    const drawn = vmap((row: Tensor) => row.add(randn([3])), { randomness: 'different' })(x);
    manualSeed(3);
    expect(drawn.toArraySync()).toEqual(randn([4, 3]).toArraySync());
    const orders = vmap((_: Tensor) => randperm(20), { randomness: 'different' })(x).toArraySync() as number[][];
    expect(new Set(orders.map(String)).size).toBe(4);
  });

  it('in chunks: the same for all of them too', () => {
    const drawn = vmap((row: Tensor) => row.add(rand([3])), { randomness: 'same', chunkSize: 3 })(x);
    expect(new Set((drawn.toArraySync() as number[][]).map(String)).size).toBe(1);
  });

  it('reach dropout and in-place draws', () => {
    const ones = x.add(1);
    const options = { randomness: 'different' } as const;
    const dropped = vmap((row: Tensor) => dropout(row.expand([50, 3])), options)(ones);
    expect(new Set((dropped.toArraySync() as number[][][]).map(String)).size).toBe(4);
    const normal = vmap((row: Tensor) => row.clone().normal_(), options)(ones);
    expect(new Set((normal.toArraySync() as number[][]).map(String)).size).toBe(4);
    const nested = vmap(
      vmap((value: Tensor) => value.add(rand([])), options),
      { randomness: 'same' },
    )(x);
    expect(
      stack((nested.unbind() as Tensor[]).map((row) => row.sub(nested.select(0, 0))))
        .abs()
        .max()
        .itemSync(),
    ).toBe(0);
  });

  it('tensor() makes what is the same for all', () => {
    expect(
      vmap((row: Tensor) => row.add(tensor([1, 2, 3])))(x)
        .select(0, 3)
        .toArraySync(),
    ).toEqual([1, 2, 3]);
  });
});
