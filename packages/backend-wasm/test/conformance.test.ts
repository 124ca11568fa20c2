import { fuzzBackend, testBackend } from '@gradus/backend-conformance';
import { wasm } from '../src/index.ts';
import { splittingBackend } from './threads.ts';

testBackend('wasm', () => wasm({ threads: 1 }));
testBackend('wasm without relaxed SIMD', () => wasm({ name: 'wasm-plain', threads: 1, relaxedSimd: false }));
testBackend('wasm on 2 threads', () => splittingBackend({ name: 'wasm-2', threads: 2 }));
testBackend('wasm on 3 threads without relaxed SIMD', () =>
  splittingBackend({ name: 'wasm-plain-3', threads: 3, relaxedSimd: false }),
);

fuzzBackend('wasm', () => wasm({ threads: 1 }));
fuzzBackend('wasm on 2 threads without relaxed SIMD', () =>
  splittingBackend({ name: 'wasm-plain-2', threads: 2, relaxedSimd: false }),
);
