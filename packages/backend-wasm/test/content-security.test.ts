import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// A launch where `new Function` throws, as under a content security policy that allows 'wasm-unsafe-eval' alone.
const program = `
  import { allocateView, expressions as e, input, mapProgram, uniform } from '@gradus/backend'
  import { wasm } from '@gradus/backend-wasm'

  let forbidden = false
  try { new Function('return 1')() } catch { forbidden = true }

  const backend = wasm()
  const [x, y] = [allocateView(backend, [4], 'float32'), allocateView(backend, [4], 'float32')]
  backend.upload(x.storage.handle, 0, new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer))
  const program = mapProgram(['float32'], ['float32'], [e.mul(input(0, 'float32'), uniform(0, 'float32'))])
  backend.launch({ kind: 'map', program, inputs: [x], outputs: [y], uniforms: [2] })
  const bytes = backend.downloadSync(y.storage.handle, 0, 16)
  console.log(JSON.stringify({ forbidden, y: [...new Float32Array(bytes.buffer)] }))
`;

test('works where generating code from strings is forbidden', () => {
  const flags = [
    '--conditions=@gradus/source',
    '--disallow-code-generation-from-strings',
    '--input-type=module',
    '-e',
    program,
  ];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const output = execFileSync(process.execPath, flags, { cwd, encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual({ forbidden: true, y: [2, 4, 6, 8] });
});
