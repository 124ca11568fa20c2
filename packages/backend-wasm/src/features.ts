import { BackendError } from '@gradus/storage';
import { type Code, encodeModule, FunctionBuilder, f32x4, i32, v128 } from './assembler/index.ts';

/** Whether the engine takes a module whose only function does this. */
function validates(body: Code): boolean {
  const probe = new FunctionBuilder([]);
  probe.emit(body);
  return WebAssembly.validate(encodeModule({ imports: [], functions: { probe }, shared: false }));
}

let simd: boolean | undefined;
let relaxedSimd: boolean | undefined;

/** Throws a BackendError where there is no WebAssembly with vectors. */
export function requireSimd(): void {
  simd ??= typeof WebAssembly === 'object' && validates(v128.store(i32.const(0), f32x4.const(0)));
  if (!simd) {
    throw new BackendError("wasm: this JavaScript engine has no WebAssembly SIMD; use the backend 'cpu' here");
  }
}

/** Whether a multiplication and an addition may be one instruction. */
export function hasRelaxedSimd(): boolean {
  const zero = f32x4.const(0);
  relaxedSimd ??= validates(v128.store(i32.const(0), f32x4.relaxedMadd(zero, zero, zero)));
  return relaxedSimd;
}
