import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/** Puts pictures in SVG into the page itself, so that they follow its colours; the theme has their style. */
export function inlinePictures(md: MarkdownRenderer): void {
  const image = md.renderer.rules.image;
  md.renderer.rules.image = (tokens, index, options, env, self) => {
    const token = tokens[index];
    const source = token?.attrGet('src') ?? '';
    if (!source.endsWith('.svg')) return image?.(tokens, index, options, env, self) ?? '';
    const svg = readFileSync(posix.join(posix.dirname(env.realPath ?? env.path), source), 'utf8');
    const label = md.utils.escapeHtml(token?.content ?? '');
    return `<span class="picture">${svg.replace(/<style>[\s\S]*<\/style>/, '').replace(/aria-label="[^"]*"/, `aria-label="${label}"`)}</span>`;
  };
}
