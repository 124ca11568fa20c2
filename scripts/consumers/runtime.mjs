import { webgpu } from '@gradus/backend-webgpu';
import { cpu, use, wasm } from '@gradus/gradus';
import { train } from './train.mjs';

// The arguments name backends: trains on each, and prints its losses, or why it can't be had.
const backends = { cpu, wasm, webgpu };
for (const name of process.argv.slice(2)) {
  try {
    await use(backends[name]());
  } catch (error) {
    console.log(JSON.stringify({ backend: name, missing: error.message }));
    continue;
  }
  console.log(JSON.stringify(await train()));
}
process.exit(0);
