// Runs the conformance kit's cases on a backend, without a test runner: `kit.mjs BACKEND [PATTERN]`. Prints those that fail, and how
// many passed. From sources, on any runtime that knows `--conditions=@gradus/source`.
import { conformanceCases, missingDTypes, runCase } from '../../packages/backend-conformance/src/cases.ts';
import { cpu } from '../../packages/backend-cpu/src/index.ts';
import { wasm } from '../../packages/backend-wasm/src/index.ts';
import { webgpu } from '../../packages/backend-webgpu/src/index.ts';

const [name, pattern = ''] = process.argv.slice(2);
const backend = { cpu, wasm, webgpu }[name]();
await backend.initialize?.();
let [passed, failed] = [0, 0];
for (const conformanceCase of conformanceCases) {
  if (!new RegExp(pattern).test(conformanceCase.name) || missingDTypes(conformanceCase, backend).length > 0) continue;
  try {
    await runCase(conformanceCase, backend);
    passed++;
  } catch (error) {
    failed++;
    console.log(`${conformanceCase.name}: ${error.message}`);
  }
}
console.log(`${passed} cases passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
