import assert from 'node:assert/strict';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { matmul, tensor } from '@gradus/tensor';

await use(cpu());
const a = tensor([
  [1, 2],
  [3, 4],
]);
assert.deepEqual(await matmul(a, a.mT).toArray(), [
  [5, 11],
  [11, 25],
]);
assert.throws(() => matmul(a, tensor([1, 2, 3])), /matmul/);
