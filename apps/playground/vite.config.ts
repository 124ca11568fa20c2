import { defaultClientConditions, defineConfig, type UserConfig } from 'vite';
import { digitFiles } from './digit-files.ts';

/** What makes a page cross-origin isolated, hence WebAssembly use threads. */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** All that the built page asks for; the dev server's own scripts want more. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
].join('; ');

const config: UserConfig = defineConfig({
  // Links are relative: the built site works in any folder of a server.
  base: './',
  resolve: { conditions: ['@gradus/source', ...defaultClientConditions] },
  server: { headers: isolation },
  preview: { headers: { ...isolation, 'Content-Security-Policy': policy } },
  build: { outDir: 'build/site', target: 'es2022', assetsInlineLimit: 0 },
  worker: { format: 'es' },
  plugins: [digitFiles()],
});

export default config;
