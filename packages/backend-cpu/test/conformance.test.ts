import { fuzzBackend, testBackend } from '@gradus/backend-conformance';
import { cpu } from '../src/index.ts';

testBackend('cpu', () => cpu());
testBackend('cpu without generated code', () => cpu({ name: 'cpu-closures', codegen: false }));
fuzzBackend('cpu', () => cpu());
fuzzBackend('cpu without generated code', () => cpu({ name: 'cpu-closures', codegen: false }));
