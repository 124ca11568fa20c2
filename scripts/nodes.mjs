import { installOnce } from './runtimes.mjs';

const oldestNode = '20.19.0';

/** The Nodes to run on, the oldest that the packages support and the project's own: [label, path]. */
export function nodes() {
  const { path, output } = installOnce('node', oldestNode);
  if (path === undefined) throw new Error(`Node ${oldestNode} did not install: ${output}`);
  return [
    [`Node ${oldestNode}`, path],
    [`Node ${process.versions.node}`, process.execPath],
  ];
}
