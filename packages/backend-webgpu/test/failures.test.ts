import { expect, test } from 'vitest';
import { Failures } from '../src/device/failures.ts';
import { OutOfMemoryError } from '../src/index.ts';

class GPUOutOfMemoryError {
  readonly message = 'no room for buffer of 4096 bytes';
}

test('running out of memory is an error of its own, which says what to do', () => {
  const device = Object.assign(new EventTarget(), { lost: new Promise<never>(() => {}) });
  const failures = new Failures('webgpu', device as unknown as GPUDevice);
  failures.check();
  device.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: new GPUOutOfMemoryError() }));
  expect(() => failures.check()).toThrow(OutOfMemoryError);
  device.dispatchEvent(Object.assign(new Event('uncapturederror'), { error: new GPUOutOfMemoryError() }));
  expect(() => failures.check()).toThrow(/out of GPU memory; dispose tensors .* no room for buffer of 4096 bytes/);
  failures.check();
});
