// Prints what a training program carries of the core, in one bundle, minified and gzipped, and fails over the budget.
// Beside it: a program that only runs a model, and everything that the core exports, used or not.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const budget = 60_000; // bytes of the training program
const core = ['storage', 'backend', 'backend-cpu', 'tensor', 'autograd', 'nn', 'losses', 'optim'];
const packages = fileURLToPath(new URL('../packages/', import.meta.url));

const forward = `
  import { use } from './backend/src/index.ts';
  import { cpu } from './backend-cpu/src/index.ts';
  import { randn } from './tensor/src/index.ts';
  import { Linear, ReLU, Sequential } from './nn/src/index.ts';
  await use(cpu());
  const model = new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10));
  const output = model.forward(randn([128, 784]));
  console.log(String(output));`;

const training = `${forward}
  import './autograd/src/index.ts';
  import { randint } from './tensor/src/index.ts';
  import { crossEntropy } from './losses/src/index.ts';
  import { Adam } from './optim/src/index.ts';
  const optimizer = new Adam(model.parameters());
  const loss = crossEntropy(output, randint(10, [128]));
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();`;

const everything = core.map((name, i) => `export * as package${i} from './${name}/src/index.ts';`).join('\n');

async function bundle(program) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: packages },
    absWorkingDir: packages,
    conditions: ['@gradus/source'],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    metafile: true,
    write: false,
  });
  const [output] = Object.values(metafile.outputs);
  return { gzip: gzipSync(outputFiles[0].contents, { level: 9 }).length, inputs: output.inputs };
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1).padStart(6)} kB`;
const program = await bundle(training);
console.log('a training program, minified, per package');
for (const name of core) {
  const files = Object.entries(program.inputs).filter(([file]) => file.startsWith(`${name}/`));
  console.log(`  ${name.padEnd(14)}${kilobytes(files.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0))}`);
}
console.log('minified and gzipped');
console.log(`  training program  ${kilobytes(program.gzip)}  of at most${kilobytes(budget)}`);
console.log(`  forward only      ${kilobytes((await bundle(forward)).gzip)}`);
console.log(`  every export      ${kilobytes((await bundle(everything)).gzip)}`);
if (program.gzip > budget) {
  console.error(`The training program is ${program.gzip - budget} bytes over its budget.`);
  process.exitCode = 1;
}
