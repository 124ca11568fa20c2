import { type IdxArray, parseIdx } from '@gradus/data';

/** Images [N, 28, 28] and labels [N], as bytes. */
export interface Digits {
  readonly images: IdxArray;
  readonly labels: IdxArray;
}

/** Loads digits that lie beside the page at `site`. */
export async function loadDigits(site: string, part: 'train' | 'test'): Promise<Digits> {
  const [images, labels] = await Promise.all(
    ['images', 'labels'].map((kind) => loadIdx(new URL(`digits/${part}-${kind}.bin`, site))),
  );
  return { images: images!, labels: labels! };
}

async function loadIdx(url: URL): Promise<IdxArray> {
  const response = await fetch(url);
  if (!response.ok || response.body === null) throw new Error(`${url.pathname}: ${response.status}`);
  const plain = response.body.pipeThrough(new DecompressionStream('gzip'));
  return parseIdx(new Uint8Array(await new Response(plain).arrayBuffer()));
}
