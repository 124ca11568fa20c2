import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmInstall, root, windows } from './packed.mjs';

const oldestNode = '20.19.0';

/** The Nodes to run on, the oldest that the packages support and the project's own: [label, path]. */
export function nodes() {
  const folder = join(root, 'node_modules', '.cache', `node-${oldestNode}`);
  const oldest = join(folder, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
  if (!existsSync(oldest)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const { ok, output } = npmInstall(folder, `node@${oldestNode}`);
    if (!ok || !existsSync(oldest)) throw new Error(`Node ${oldestNode} did not install: ${output}`);
  }
  return [
    [`Node ${oldestNode}`, oldest],
    [`Node ${process.versions.node}`, process.execPath],
  ];
}
