import { train as trainGpt } from './gpt.ts';
import { train as trainLeNet } from './lenet.ts';

/** Trains both and prints their losses. */
const losses = await trainLeNet(20);
console.log(`LeNet  ${losses.map((loss) => loss.toFixed(4)).join(' ')}`);
const [ofGpt, generated] = await trainGpt(40);
console.log(`GPT    ${ofGpt.map((loss) => loss.toFixed(4)).join(' ')}`);
console.log(generated);
