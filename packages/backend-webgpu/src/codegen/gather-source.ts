import type { DType } from '@gradus/storage';
import { WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';
import { coordinates, position, sizeParams, viewParams } from './index-source.ts';
import { castSource } from './scalar-source.ts';
import { literal, valueType } from './value-type.ts';

/**
 * One element per invocation. An index outside the axis can't throw here: it gives NaN, or 0 where there is none, and never
 * reads outside.
 */
export function gatherSource(dtype: DType, indexDType: DType, rank: number, slots: readonly number[]): KernelSource {
  const { bindings, of } = bindingsOf(
    [
      { dtype, written: false },
      { dtype: indexDType, written: false },
      { dtype, written: true },
    ],
    slots,
  );
  const type = valueType(dtype);
  const body = `  if (thread >= p.size) { return; }
  let i = thread % p.length;
${coordinates('c', rank, 'thread / p.length')}
  let index = ${castSource(loadElement(of(1), indexDType, `${position('at', 'c', rank)} + i * p.atStep`), indexDType, 'int32')};
  let sourceStart = ${position('source', 'c', rank)};
  var value = ${literal(type === 'f32' ? Number.NaN : 0, type)};
  if (index >= 0 && u32(index) < p.sourceLength) {
    value = ${loadElement(of(0), dtype, 'sourceStart + u32(index) * p.sourceStep')};
  }
  ${storeElement(of(2), dtype, `${position('out', 'c', rank)} + i * p.outStep`, 'value')}`;
  return {
    label: 'gather',
    bindings,
    params: [
      ...params('u32', 'size', 'length', 'sourceLength'),
      ...sizeParams('c', rank),
      ...['source', 'at', 'out'].flatMap((view) => [...viewParams(view, 'c', rank), ...params('u32', `${view}Step`)]),
    ],
    workgroup: [WORKGROUP, 1, 1],
    declarations: functionsFor(body),
    body,
  };
}
