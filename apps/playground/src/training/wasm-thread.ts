import { runWorker } from '@gradus/backend-wasm/worker';

runWorker();
