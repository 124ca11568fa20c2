import { serve } from './serve.ts';
import { takeChunks } from './take-chunks.ts';

/** The whole script of a worker in Node. */
export const nodeWorkerText: string = `require('node:worker_threads').parentPort.once('message', (assignment) => {
  (${serve})(assignment, ${takeChunks})
})`;

/** The whole script of a worker in a browser. */
export const webWorkerText: string = `onmessage = ({ data }) => (${serve})(data, ${takeChunks})`;
