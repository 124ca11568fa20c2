import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };

/**
 * Serves a folder twice: below /open/ as it is, and below /strict/ cross-origin isolated, with a content security policy
 * under which only the site's own modules run, and WebAssembly, but no text as code.
 */
export async function serve(folder) {
  const server = createServer(async ({ url }, response) => {
    const [, mode, path] = /^\/(open|strict)(\/[^?]*)/.exec(url) ?? [];
    try {
      const content = await readFile(join(folder, normalize(path)));
      response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
      if (mode === 'strict') for (const [name, value] of strictHeaders(content)) response.setHeader(name, value);
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    url: (path, strict) => `http://127.0.0.1:${port}/${strict ? 'strict' : 'open'}/${path}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** An import map stands in the page itself, so that the policy has to name it. */
function strictHeaders(content) {
  const [, map] = /<script type="importmap">(.*?)<\/script>/s.exec(content.toString()) ?? [];
  const hash = map === undefined ? '' : ` 'sha256-${createHash('sha256').update(map).digest('base64')}'`;
  return new Map([
    ['Content-Security-Policy', `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'${hash}`],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Embedder-Policy', 'require-corp'],
  ]);
}
