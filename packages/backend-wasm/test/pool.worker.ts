import { runWorker } from '../src/worker.ts';

runWorker();
