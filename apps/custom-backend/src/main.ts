import { use } from '@gradus/backend';
import { counting } from './counting-backend.ts';
import { trainXor } from './xor.ts';

const backend = counting();
await use(backend);
const answers = await trainXor();
console.log(`00, 01, 10, 11 -> ${answers.map(Number).join(', ')}\n`);
console.table(Object.fromEntries(backend.counts));
