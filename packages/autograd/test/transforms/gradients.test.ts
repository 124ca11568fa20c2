import { ones, stack, type Tensor } from '@gradus/tensor';
import { describe, expect, it } from 'vitest';
import { grad, noGrad } from '../../src/index.ts';
import {
  functionalCall,
  gradOf,
  hessian,
  hvp,
  jacobian,
  jvp,
  valueAndGrad,
  vhp,
  vjp,
  vmap,
} from '../../src/transforms/index.ts';
import { f64, leaf } from '../setup.ts';

const cube = (x: Tensor): Tensor => x.mul(x).mul(x);
const array = (x: Tensor | null | undefined): unknown => x?.toArraySync();

function expectClose(found: Tensor, wanted: Tensor): void {
  expect(found.shape).toEqual(wanted.shape);
  const other = wanted.dataSync();
  found.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(other[i] as number, 9);
  });
}

describe('gradOf and valueAndGrad', () => {
  it('give gradients in the form of the argument', () => {
    const params = { w: f64([1, 2]), rest: [f64(3)] };
    const loss = (p: typeof params, x: Tensor): Tensor =>
      p.w
        .mul(x)
        .sum()
        .mul(p.rest[0] as Tensor);
    const { value, gradient } = valueAndGrad(loss)(params, f64([4, 5]));
    expect(value.itemSync()).toBe(42);
    expect(array(gradient.w)).toEqual([12, 15]);
    expect(array(gradient.rest[0])).toBe(14);
    expect([value.requiresGrad, gradient.w.requiresGrad]).toEqual([false, false]);
  });

  it('nest: derivatives of derivatives', () => {
    const sum = (f: (x: Tensor) => Tensor) => (x: Tensor) => f(x).sum();
    const third = gradOf(sum(gradOf(sum(gradOf(sum((x: Tensor) => x.pow(4)))))));
    expect(array(third(f64([1, 2])))).toEqual([24, 48]);
  });

  it('stay connected to the graph outside', () => {
    const [x, w] = [leaf([3], 1), leaf([3], 2)];
    const g = gradOf((y: Tensor) => cube(y).mul(w).sum())(x);
    g.sum().backward();
    expectClose(x.grad as Tensor, x.mul(w).mul(6).detach());
    expectClose(w.grad as Tensor, x.mul(x).mul(3).detach());
    expect(noGrad(() => gradOf((y: Tensor) => cube(y).sum())(x)).requiresGrad).toBe(false);
  });

  it('differentiate by several arguments, and say what is wrong', () => {
    const fn = (a: Tensor, b: Tensor): Tensor => a.mul(b).sum();
    const both = gradOf(fn, { argnums: [0, 1] })(f64([1, 2]), f64([3, 4])) as unknown as readonly Tensor[];
    expect(both.map(array)).toEqual([
      [3, 4],
      [1, 2],
    ]);
    expect(() => gradOf(fn, { argnums: 2 })(f64([1]), f64([1]))).toThrow(/argnums 2, but 2 arguments/);
    expect(() => gradOf((x: Tensor) => x)(f64([1, 2]))).toThrow(/one number, got shape \[2\]/);
  });

  it('give zeros for what is not used', () => {
    expect(array(gradOf((_: Tensor) => f64(1))(f64([1, 2])))).toEqual([0, 0]);
  });
});

describe('per-example gradients', () => {
  it('vmap of gradOf equals a loop, for shared parameters too', () => {
    const [w, xs] = [leaf([4, 3], 1).detach(), leaf([5, 4], 2).detach()];
    const loss = (weight: Tensor, x: Tensor): Tensor => x.matmul(weight).tanh().pow(2).sum();
    const found = vmap(gradOf(loss), { inDims: [null, 0] })(w, xs);
    expectClose(found, stack((xs.unbind() as Tensor[]).map((x) => gradOf(loss)(w, x))));
  });

  it('gradOf of vmap, and vmap in vmap of gradOf', () => {
    const xs = leaf([3, 2]).detach();
    const total = gradOf((x: Tensor) => vmap((row: Tensor) => cube(row).sum())(x).sum());
    expectClose(total(xs), xs.mul(xs).mul(3));
    const twice = vmap(vmap(gradOf((value: Tensor) => cube(value))));
    expectClose(twice(xs), xs.mul(xs).mul(3));
    const curvature = vmap(vmap(gradOf(gradOf((value: Tensor) => cube(value)))));
    expectClose(curvature(xs), xs.mul(6));
  });

  it('can be differentiated from outside', () => {
    const xs = leaf([3, 2]);
    vmap(gradOf((row: Tensor) => cube(row).sum()))(xs)
      .sum()
      .backward();
    expectClose(xs.grad as Tensor, xs.mul(6).detach());
  });

  it('grad(outputs, inputs) works on batched tensors, and refuses shared inputs', () => {
    const w = leaf([2]);
    const slope = vmap((row: Tensor) => {
      const x = row.detach().setRequiresGrad();
      return grad(cube(x).sum(), x)[0] as Tensor;
    });
    const xs = leaf([3, 2]);
    expectClose(slope(xs), xs.mul(xs).mul(3).detach());
    expect(() => vmap((row: Tensor) => grad(row.mul(w).sum(), w)[0] as Tensor)(xs)).toThrow(/same for all examples/);
    expect(() =>
      vmap((row: Tensor) => {
        row.mul(w).sum().backward();
        return row;
      })(xs),
    ).toThrow(/not inside vmap/);
  });
});

describe('vjp, jvp, hvp, vhp', () => {
  const [a, b] = [leaf([3], 1).detach(), leaf([3], 2).detach()];
  const fn = (x: Tensor, y: Tensor): readonly Tensor[] => [x.mul(y).exp(), cube(x).sum()];

  it('vjp: v times the Jacobian', () => {
    const v = [leaf([3], 3).detach(), f64(2)];
    const { outputs, gradients } = vjp<readonly Tensor[], readonly Tensor[]>(fn, [a, b], v);
    expectClose(outputs[0] as Tensor, a.mul(b).exp());
    expectClose(gradients[0] as Tensor, (v[0] as Tensor).mul(a.mul(b).exp()).mul(b).add(a.mul(a).mul(6)));
    expect(outputs[0]?.requiresGrad).toBe(false);
  });

  it('jvp: the Jacobian times v', () => {
    const v = [leaf([3], 4).detach(), leaf([3], 5).detach()] as const;
    const { tangents } = jvp<readonly Tensor[], readonly Tensor[]>(fn, [a, b], v);
    expectClose(
      tangents[0] as Tensor,
      a
        .mul(b)
        .exp()
        .mul(b.mul(v[0]).add(a.mul(v[1]))),
    );
    expectClose(tangents[1] as Tensor, a.mul(a).mul(3).mul(v[0]).sum());
  });

  it('hvp and vhp: the Hessian times v', () => {
    const v = leaf([3], 3).detach();
    for (const product of [hvp, vhp]) {
      const { output, product: found } = product((x: Tensor) => cube(x).sum(), a, v);
      expectClose(output, cube(a).sum());
      expectClose(found, a.mul(6).mul(v));
    }
  });

  it('say what v must be', () => {
    expect(() => vjp((x: Tensor) => x, a)).toThrow(/v is needed for a tensor of shape \[3\]/);
    expect(() => jvp((x: Tensor) => x, a, f64([1]))).toThrow(/v has shape \[1\], but the tensor \[3\]/);
    expect(() => vjp((_: Tensor) => f64(1), a, f64(1), { strict: true })).toThrow(/strict/);
  });

  it('keep the graph where it is asked for', () => {
    const x = leaf([3]);
    const { gradients } = vjp((y: Tensor) => cube(y).sum(), x, undefined, { createGraph: true });
    gradients.sum().backward();
    expectClose(x.grad as Tensor, x.mul(6).detach());
  });
});

describe('jacobian and hessian', () => {
  const x = leaf([2, 2]).detach();
  const options = [
    {},
    { vectorize: false },
    { strategy: 'forward-mode' },
    { strategy: 'forward-mode', vectorize: false },
  ] as const;

  it.each(options)('jacobian with %j', (option) => {
    const found = jacobian((y: Tensor) => y.matmul(y).sum({ dim: 0 }), x, option);
    expect(found.shape).toEqual([2, 2, 2]);
    const eps = 1e-6;
    const f = (y: Tensor): Tensor => y.matmul(y).sum({ dim: 0 });
    for (let i = 0; i < 4; i++) {
      const step = f64([0, 1, 2, 3]).eq(i).to('float64').mul(eps).reshape([2, 2]);
      const column = f(x.add(step))
        .sub(f(x.sub(step)))
        .div(2 * eps);
      const row = found.reshape([2, 4]).select(1, i);
      expect(row.sub(column).abs().max().itemSync()).toBeLessThan(1e-8);
    }
  });

  it('jacobian per output and input', () => {
    const fn = (a: Tensor, b: Tensor): readonly Tensor[] => [a.mul(b), a.sum()];
    const found = jacobian<readonly Tensor[], readonly Tensor[]>(fn, [f64([1, 2]), f64([3, 4])]);
    expect(found.map((row) => row.map(array))).toEqual([
      [
        [
          [3, 0],
          [0, 4],
        ],
        [
          [1, 0],
          [0, 2],
        ],
      ],
      [
        [1, 1],
        [0, 0],
      ],
    ]);
  });

  it.each(options)('hessian with %j', (option) => {
    const found = hessian((y: Tensor) => cube(y).sum(), f64([1, 2]), option);
    expect(array(found)).toEqual([
      [6, 0],
      [0, 12],
    ]);
    const [[aa, ab], [ba]] = hessian(
      ((a: Tensor, b: Tensor) => a.mul(b).sum()) as never,
      [f64([1, 2]), f64([3, 4])] as readonly Tensor[],
      option,
    ) as unknown as [[Tensor, Tensor], [Tensor]];
    expect([aa, ab, ba].map(array)).toEqual([
      [
        [0, 0],
        [0, 0],
      ],
      [
        [1, 0],
        [0, 1],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    ]);
  });
});

describe('grad with isGradsBatched', () => {
  it('runs many passes at once', () => {
    const x = leaf([3]);
    const y = x.exp().cumsum(0);
    const basis = ones([3, 3], { dtype: 'float64' }).tril();
    const [found] = grad(y, x, { gradOutputs: basis, isGradsBatched: true, retainGraph: true });
    const rows = (basis.unbind() as Tensor[]).map(
      (g) => grad(y, x, { gradOutputs: g, retainGraph: true })[0] as Tensor,
    );
    expectClose(found as Tensor, stack(rows));
  });

  it('gives null for unused inputs', () => {
    const [x, unused] = [leaf([2], 1), leaf([2], 2)];
    const options = { gradOutputs: ones([4, 2], { dtype: 'float64' }), isGradsBatched: true };
    expect(grad(x.mul(2), [x, unused], { ...options, allowUnused: true }).map((g) => g?.shape)).toEqual([
      [4, 2],
      undefined,
    ]);
    expect(() => grad(x.mul(2), [x, unused], options)).toThrow(/don't depend on input 1/);
  });
});

describe('functionalCall', () => {
  const inner = { weight: f64([2]) };
  const module = {
    bias: f64([1]),
    scales: [f64([3])],
    forward(x: Tensor): Tensor {
      return x
        .mul(inner.weight)
        .mul(this.scales[0] as Tensor)
        .add(this.bias);
    },
    namedModules: () =>
      [
        ['', module],
        ['inner', inner],
      ] as [string, object][],
    namedParameters: () =>
      [
        ['bias', module.bias],
        ['scales.0', module.scales[0]],
        ['inner.weight', inner.weight],
      ] as [string, Tensor][],
    namedBuffers: () => [],
  };

  it('calls with other tensors, and puts the own ones back', () => {
    const own = [module.bias, inner.weight];
    const found = functionalCall(module, { bias: f64([10]), 'inner.weight': f64([4]), 'scales.0': f64([1]) }, f64([5]));
    expect(array(found)).toEqual([30]);
    expect([module.bias, inner.weight]).toEqual(own);
    expect(array(module.forward(f64([5])))).toEqual([31]);
    expect(() => functionalCall(module, { missing: f64(1) }, f64(1))).toThrow(/no parameter or buffer 'missing'/);
  });

  it('gives gradients by gradOf, per example by vmap', () => {
    const loss = (params: Record<string, Tensor>, x: Tensor): Tensor => functionalCall(module, params, x).pow(2).sum();
    const found = vmap(gradOf(loss), { inDims: [null, 0] })({ bias: f64([1]) }, f64([[1], [2]]));
    expect(array(found.bias)).toEqual([[14], [26]]);
  });
});
