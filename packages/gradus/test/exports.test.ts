import * as autograd from '@gradus/autograd';
import * as backend from '@gradus/backend';
import * as backendCpu from '@gradus/backend-cpu';
import * as backendWasm from '@gradus/backend-wasm';
import * as data from '@gradus/data';
import * as losses from '@gradus/losses';
import * as nn from '@gradus/nn';
import * as optim from '@gradus/optim';
import * as serialize from '@gradus/serialize';
import * as storage from '@gradus/storage';
import * as tensor from '@gradus/tensor';
import * as train from '@gradus/train';
import { expect, test } from 'vitest';
import * as gradus from '../src/index.ts';

const whole = { autograd, data, losses, nn, optim, serialize, tensor, train };

test.each(Object.entries(whole))('all of %s is there', (_, contents) => {
  const names = Object.keys(contents);
  expect(names.length).toBeGreaterThan(0);
  // A name that two packages export with different meanings would be dropped.
  const lost = names.filter((name) => Reflect.get(gradus, name) !== Reflect.get(contents, name));
  expect(lost).toEqual([]);
});

test('of the packages below, there is what programs use', () => {
  const { use, registry, defaultBackend } = backend;
  expect(gradus).toMatchObject({ use, registry, defaultBackend, cpu: backendCpu.cpu, wasm: backendWasm.wasm });
  const errors = Object.entries(storage).filter(([name]) => name.endsWith('Error'));
  expect(errors.length).toBeGreaterThanOrEqual(8);
  for (const [name, error] of errors) expect(gradus).toHaveProperty(name, error);
});
