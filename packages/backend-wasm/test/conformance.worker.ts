import { serveCases } from '@gradus/backend-conformance/worker';
import { wasm } from '../src/index.ts';

serveCases(() => wasm());
