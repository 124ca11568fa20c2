import { use } from '@gradus/gradus';
import { train } from './train.mjs';

function allowsEval() {
  try {
    return new Function('return true')();
  } catch {
    return false;
  }
}

const trainings = [await train()];
await use('cpu');
trainings.push(await train());
console.log(JSON.stringify({ trainings, allowsEval: allowsEval(), isolated: crossOriginIsolated }));
