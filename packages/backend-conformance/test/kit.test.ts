import { HostBackend, type HostView, interpretGather, type MapProgram, type ScatterCombine } from '@gradus/backend';
import { describe, expect, test } from 'vitest';
import { conformanceCases, missingDTypes, runCase } from '../src/index.ts';

/** Names of the cases that a backend fails. */
async function failures(backend: HostBackend, pattern: RegExp): Promise<string[]> {
  const failed: string[] = [];
  for (const conformanceCase of conformanceCases.filter(({ name }) => pattern.test(name))) {
    await runCase(conformanceCase, backend).catch(() => failed.push(conformanceCase.name));
  }
  return failed;
}

describe('a wrong backend is found out', () => {
  test('when it forgets to accumulate', async () => {
    class Forgetful extends HostBackend {
      override matmul(a: HostView, b: HostView, output: HostView): void {
        super.matmul(a, b, output, false);
      }
    }
    const failed = await failures(new Forgetful('wrong'), /^matmul/);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every((name) => name.includes('accumulating'))).toBe(true);
  });

  test('when it takes every view for contiguous', async () => {
    class Naive extends HostBackend {
      override map(program: MapProgram, inputs: HostView[], outputs: HostView[], uniforms: readonly number[]): void {
        const [source, target] = [inputs[0], outputs[0]];
        if (program.outputs[0]?.kind !== 'input' || source === undefined || target === undefined) {
          super.map(program, inputs, outputs, uniforms);
        } else {
          for (let i = 0; i < target.layout.size; i++) target.data[i] = source.data[i] as number;
        }
      }

      override reduce(...[program, inputs, ...rest]: Parameters<HostBackend['reduce']>): void {
        const flat = inputs.map((view) => ({ ...view, layout: { ...view.layout, offset: 0 } as HostView['layout'] }));
        super.reduce(program, flat, ...rest);
      }
    }
    expect(await failures(new Naive('wrong'), /^reduce: sum float32/)).not.toEqual([]);
  });

  test('when it combines duplicates from the end', async () => {
    class Reversed extends HostBackend {
      override scatter(output: HostView, index: HostView, source: HostView, axis: number, how: ScatterCombine): void {
        super.scatter(output, index, source, axis, how === 'replace' ? 'max' : how);
      }
    }
    const failed = await failures(new Reversed('wrong'), /^scatter/);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every((name) => /replace|duplicates/.test(name))).toBe(true);
  });

  test('when it writes where nothing was asked for', async () => {
    class Sloppy extends HostBackend {
      override gather(source: HostView, index: HostView, output: HostView, axis: number): void {
        interpretGather(source, index, output, axis);
        if (output.layout.offset > 0) output.data[0] = 1;
      }
    }
    expect(await failures(new Sloppy('wrong'), /^gather: float32/)).toEqual([
      'gather: float32 along every axis, of every layout',
    ]);
  });

  test('when it relies on fresh memory being zero', async () => {
    class Hopeful extends HostBackend {
      override matmul(a: HostView, b: HostView, output: HostView): void {
        super.matmul(a, b, output, true);
      }
    }
    expect(await failures(new Hopeful('wrong'), /^matmul: float32 of every size and layout$/)).toHaveLength(1);
  });

  test('when it keeps memory', async () => {
    class Leaking extends HostBackend {
      override sort(...parameters: Parameters<HostBackend['sort']>): void {
        super.sort(...parameters);
        this.allocate(8);
      }
    }
    const failed = await failures(new Leaking('wrong'), /^sort/);
    expect(failed).toHaveLength(conformanceCases.filter(({ name }) => name.startsWith('sort')).length);
  });

  test('when an index out of range is written anyway', async () => {
    class Unchecked extends HostBackend {
      override scatter(output: HostView, index: HostView, source: HostView): void {
        for (let i = 0; i < index.layout.size; i++) {
          output.data[output.layout.offset + (index.data[i] as number)] = source.data[i] as number;
        }
      }
    }
    const failed = await failures(new Unchecked('wrong'), /out of range/);
    expect(failed).toHaveLength(1);
  });
});

test('case names are unique', () => {
  const names = conformanceCases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('cases say which dtypes they need', () => {
  const poor = new HostBackend('poor');
  Object.assign(poor, { capabilities: { ...poor.capabilities, dtypes: new Set(['float32']) } });
  const needsMore = conformanceCases.filter((one) => missingDTypes(one, poor).length > 0);
  expect(needsMore.length).toBeGreaterThan(0);
  expect(needsMore.every(({ dtypes }) => dtypes.some((dtype) => dtype !== 'float32'))).toBe(true);
});
