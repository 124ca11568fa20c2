import { train } from './train.mjs';

postMessage({ trainings: [await train()] });
