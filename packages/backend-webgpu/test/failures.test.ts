import { BackendError } from '@gradus/storage';
import { expect, test } from 'vitest';
import { Failures } from '../src/device/failures.ts';
import { OutOfMemoryError } from '../src/index.ts';

class GPUOutOfMemoryError {
  readonly message = 'no room for buffer of 4096 bytes';
}

class GPUValidationError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

function watched(): { readonly failures: Failures; readonly fail: (error: object) => void } {
  const device = Object.assign(new EventTarget(), { lost: new Promise<never>(() => {}) });
  return {
    failures: new Failures('webgpu', device as unknown as GPUDevice),
    fail: (error) => device.dispatchEvent(Object.assign(new Event('uncapturederror'), { error })),
  };
}

test('running out of memory is an error of its own, which says what to do', () => {
  const { failures, fail } = watched();
  failures.check();
  fail(new GPUOutOfMemoryError());
  expect(() => failures.check()).toThrow(OutOfMemoryError);
  fail(new GPUOutOfMemoryError());
  expect(() => failures.check()).toThrow(/out of GPU memory; dispose tensors .* no room for buffer of 4096 bytes/);
  failures.check();
});

test('errors of several ops come together, those that follow from many cut short', () => {
  const { failures, fail } = watched();
  for (const name of ['first', 'second', 'third', 'fourth']) fail(new GPUValidationError(`${name} is invalid`));
  expect(() => failures.check()).toThrow(/first is invalid\nThen: second is invalid\nThen: third is invalid$/);
  failures.check();
});

test('what was asked for is waited for, and a refusal comes before what follows from it', async () => {
  const { failures, fail } = watched();
  let answer = (_: GPUError | null): void => {};
  failures.watch(new Promise((resolve) => (answer = resolve)), () => "No room for 16 bytes of the kernel 'map'");
  fail(new GPUValidationError('the buffer is invalid'));
  const waiting = failures.during('reading', Promise.resolve(1));
  answer({ message: 'none left' } as GPUError);
  await expect(waiting).rejects.toThrow(/No room for 16 bytes of the kernel 'map': none left/);
  await expect(failures.during('reading', Promise.resolve(2))).resolves.toBe(2);
});

test('what fails without a reason known says what it was', async () => {
  const { failures } = watched();
  const waiting = failures.during('reading', Promise.reject(new Error('aborted')));
  await expect(waiting).rejects.toThrow(new BackendError('webgpu: reading failed: aborted'));
});
