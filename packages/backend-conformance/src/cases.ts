import type { Backend } from '@gradus/backend';
import type { ConformanceCase } from './case.ts';
import { poison } from './execute.ts';
import { attentionCases } from './kinds/attention.ts';
import { crossEntropyCases } from './kinds/cross-entropy.ts';
import { factorizationCases } from './kinds/factorization.ts';
import { fusedCases } from './kinds/fused.ts';
import { indexingCases } from './kinds/indexing.ts';
import { lstmCases } from './kinds/lstm.ts';
import { mapCases } from './kinds/map.ts';
import { matmulCases } from './kinds/matmul.ts';
import { memoryCases } from './kinds/memory.ts';
import { normalizationCases } from './kinds/normalization.ts';
import { reduceCases } from './kinds/reduce.ts';
import { scalarOpCases } from './kinds/scalar.ts';
import { scanCases } from './kinds/scan.ts';
import { sortCases } from './kinds/sort.ts';

/** Everything that a backend must do, kind by kind. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...memoryCases,
  ...scalarOpCases,
  ...mapCases,
  ...reduceCases,
  ...scanCases,
  ...matmulCases,
  ...indexingCases,
  ...sortCases,
  ...fusedCases,
  ...normalizationCases,
  ...attentionCases,
  ...lstmCases,
  ...crossEntropyCases,
  ...factorizationCases,
];

/** dtypes that a case needs and the backend doesn't have. */
export function missingDTypes({ dtypes }: ConformanceCase, { capabilities }: Backend): readonly string[] {
  return dtypes.filter((dtype) => !capabilities.dtypes.has(dtype));
}

/** Runs one case; throws where the backend is wrong, or where it keeps memory. */
export async function runCase(conformanceCase: ConformanceCase, backend: Backend): Promise<void> {
  poison(backend);
  const before = backend.memory().liveBuffers;
  await conformanceCase.run(backend);
  await backend.synchronize();
  const after = backend.memory().liveBuffers;
  if (after !== before) throw new Error(`${after} buffers are live after the case, ${before} were before`);
}
