import assert from 'node:assert/strict';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { Linear, ReLU, Sequential } from '@gradus/nn';
import { manualSeed, ones } from '@gradus/tensor';

await use(cpu());
manualSeed(0);
const model = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 2));
const output = model.forward(ones([3, 4]));
assert.deepEqual([...output.shape], [3, 2]);
assert.ok((await output.data()).every(Number.isFinite));
assert.throws(() => output.sum().backward(), /@gradus\/autograd/);
