import { describe, expect, it } from 'vitest';
import { graphText, toDot } from '../src/index.ts';
import { f64, leaf } from './setup.ts';

describe('pictures of graphs', () => {
  const [x, w] = [leaf([2, 3], 1), leaf([3], 2)];
  const loss = x.mul(w).exp().add(f64(1)).sum();

  it('as text: a line per node', () => {
    expect(graphText(loss, { params: { weight: w } }).split('\n')).toEqual([
      '%0 = leaf [2, 3]',
      '%1 = weight [3]',
      '%2 = mul(%0, %1) [2, 3]',
      '%3 = exp(%2) [2, 3]',
      '%4 = add(%3, -) [2, 3]',
      '%5 = sum(%4) []',
    ]);
  });

  it('in Graphviz: nodes and edges', () => {
    const dot = toDot(x.exp(), { params: { 'the "x"': x } });
    expect(dot).toMatch(/^digraph \{\n/);
    expect(dot).toContain('n0 [label="the \\"x\\"\\n[2, 3]", shape=box');
    expect(dot).toContain('n1 [label="exp\\n[2, 3]", shape=ellipse]');
    expect(dot).toContain('  n0 -> n1\n');
  });

  it('of a tensor without history is empty, of a leaf the leaf', () => {
    expect(graphText(f64(1))).toBe('');
    expect(graphText(w)).toBe('%0 = leaf [3]');
  });

  it('of 20,000 ops does not overflow', () => {
    let y = leaf([]);
    for (let i = 0; i < 20_000; i++) y = y.add(1);
    expect(graphText(y).split('\n').length).toBe(20_001);
  });
});
