import { readJson, readTestFile } from './expected.ts';
import type { Seeds } from './fuzz.ts';

/** The test files, which PyTorch and NumPy wrote. */
export async function testFiles(): Promise<Seeds> {
  const { checkpoints, onnx } = await readJson<{ checkpoints: { file: string }[]; onnx: { file: string }[] }>(
    'files.json',
  );
  const { arrays } = await readJson<{ arrays: { file: string }[] }>('numpy.json');
  return {
    checkpoints: await Promise.all(checkpoints.map(({ file }) => readTestFile(file))),
    models: await Promise.all(onnx.map(({ file }) => readTestFile(file))),
    arrays: arrays.map(({ file }) => Uint8Array.from(Buffer.from(file, 'base64'))),
  };
}
