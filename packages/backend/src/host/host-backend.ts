import type { MapProgram, ReduceProgram } from '../expression/program.ts';
import type { ScanOp, ScatterCombine } from '../kernel.ts';
import { HostMemoryBackend } from './host-memory-backend.ts';
import type { HostView } from './host-view.ts';
import * as interpreter from './interpreter.ts';

/**
 * A backend whose memory is plain typed arrays. All kernels work; override those that you can do better:
 *
 * ```ts
 * export const mine = (): Backend => new (class extends HostBackend {
 *   override matmul(a: HostView, b: HostView, output: HostView, accumulate: boolean) { blas.sgemm(...) }
 * })('mine')
 * ```
 */
export class HostBackend extends HostMemoryBackend {
  override map(
    program: MapProgram,
    inputs: readonly HostView[],
    outputs: readonly HostView[],
    uniforms: readonly number[],
  ): void {
    interpreter.interpretMap(program, inputs, outputs, uniforms);
  }

  override reduce(
    program: ReduceProgram,
    inputs: readonly HostView[],
    output: HostView,
    axes: readonly number[],
    uniforms: readonly number[],
    indices?: HostView,
  ): void {
    interpreter.interpretReduce(program, inputs, output, axes, uniforms, indices);
  }

  override scan(op: ScanOp, input: HostView, output: HostView, axis: number, indices?: HostView): void {
    interpreter.interpretScan(op, input, output, axis, indices);
  }

  override matmul(a: HostView, b: HostView, output: HostView, accumulate: boolean): void {
    interpreter.interpretMatMul(a, b, output, accumulate);
  }

  override gather(source: HostView, index: HostView, output: HostView, axis: number): void {
    interpreter.interpretGather(source, index, output, axis);
  }

  override scatter(output: HostView, index: HostView, source: HostView, axis: number, combine: ScatterCombine): void {
    interpreter.interpretScatter(output, index, source, axis, combine);
  }

  override sort(input: HostView, values: HostView, indices: HostView, axis: number, descending: boolean): void {
    interpreter.interpretSort(input, values, indices, axis, descending);
  }
}
