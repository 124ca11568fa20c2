import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// Trains y = 2x + 1 with the backend's own kernels, where `new Function` throws.
const program = `
  import { cpu } from '@gradus/backend-cpu'
  import { allocateView, expressions as e, hostView, input, mapProgram, plainReduceProgram, uniform } from '@gradus/backend'

  let forbidden = false
  try { new Function('return 1')() } catch { forbidden = true }

  const backend = cpu()
  const view = (shape, values) => {
    const made = allocateView(backend, shape, 'float32')
    hostView(made).data.set(values)
    return made
  }
  const [x, y] = [view([4], [1, 2, 3, 4]), view([4], [0, 0, 0, 0])]
  const [a, u, v] = [input(0, 'float32'), uniform(0, 'float32'), uniform(1, 'float32')]
  const program = mapProgram(['float32'], ['float32', 'float32'], [e.add(e.mul(a, u), v)])
  backend.launch({ kind: 'map', program, inputs: [x], outputs: [y], uniforms: [2, 1] })
  const sum = view([1], [0])
  backend.launch({ kind: 'reduce', program: plainReduceProgram('sum', 'float32'), inputs: [y], output: sum, axes: [0], uniforms: [] })
  console.log(JSON.stringify({ forbidden, y: [...hostView(y).data.subarray(0, 4)], sum: hostView(sum).data[0] }))
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
  expect(JSON.parse(output)).toEqual({ forbidden: true, y: [3, 5, 7, 9], sum: 24 });
});
