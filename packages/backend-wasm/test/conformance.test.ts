import { testBackend } from '@gradus/backend-conformance';
import { wasm } from '../src/index.ts';

testBackend('wasm', () => wasm());
testBackend('wasm without relaxed SIMD', () => wasm({ name: 'wasm-plain', relaxedSimd: false }));
