import { BackendError } from '@gradus/gradus';
import koffi, { type KoffiFunc, type LibraryHandle } from 'koffi';

/** Where the library is looked for: names that the system's loader knows, and the folder that Homebrew has to itself. */
const names: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['libopenblas.dylib', '/opt/homebrew/opt/openblas/lib/libopenblas.dylib'],
  win32: ['libopenblas.dll', 'openblas.dll'],
};
const elsewhere = ['libopenblas.so.0', 'libopenblas.so'];

/** How BLAS numbers orders and transpositions (cblas.h). */
const ROW_MAJOR = 101;
const AS_IT_IS = 111;
const TRANSPOSED = 112;

/** A matrix whose rows lie one after the other, or whose columns do (`transposed`), `leading` elements apart. */
export interface BlasMatrix {
  /** From the matrix's first element on. */
  readonly data: Float32Array | Float64Array;
  readonly leading: number;
  readonly transposed: boolean;
}

/** What the backend calls. */
export interface OpenBlas {
  /** The library's own words: version, and the processor that it was tuned for. */
  readonly description: string;
  setThreads(count: number): void;
  /** out [rows, columns] = a [rows, depth] b [depth, columns] + beta out, all of one dtype; out isn't transposed. */
  multiply(
    a: BlasMatrix,
    b: BlasMatrix,
    out: BlasMatrix,
    sizes: { readonly rows: number; readonly columns: number; readonly depth: number; readonly beta: 0 | 1 },
  ): void;
}

/** Loads the system's OpenBLAS. Throws a BackendError that says how to install it. */
export function loadOpenBlas(candidates: readonly string[] = names[process.platform] ?? elsewhere): OpenBlas {
  const library = open(candidates);
  const product = (name: string, real: string): KoffiFunc<(...args: unknown[]) => void> =>
    library.func(
      `void ${name}(int order, int transA, int transB, int rows, int columns, int depth, ${real} alpha, const void *a, int lda, const void *b, int ldb, ${real} beta, void *c, int ldc)`,
    );
  const products = { single: product('cblas_sgemm', 'float'), double: product('cblas_dgemm', 'double') };
  const transposition = ({ transposed }: BlasMatrix): number => (transposed ? TRANSPOSED : AS_IT_IS);
  const place = ({ data, leading }: BlasMatrix): [Float32Array | Float64Array, number] => [data, leading];
  return {
    description: library.func('const char *openblas_get_config()')() as string,
    setThreads: library.func('void openblas_set_num_threads(int count)'),
    multiply(a, b, out, { rows, columns, depth, beta }) {
      const gemm = out.data instanceof Float32Array ? products.single : products.double;
      const orders = [ROW_MAJOR, transposition(a), transposition(b)];
      gemm(...orders, rows, columns, depth, 1, ...place(a), ...place(b), beta, ...place(out));
    },
  };
}

function open(candidates: readonly string[]): LibraryHandle {
  for (const name of candidates) {
    try {
      return koffi.load(name);
    } catch {
      // It may have another name here.
    }
  }
  throw new BackendError(
    `openblas: no OpenBLAS on this system (looked for ${candidates.join(', ')}). Install it: 'apt-get install libopenblas0' on Debian and Ubuntu, 'dnf install openblas' on Fedora, 'brew install openblas' on macOS`,
  );
}
