// The ladder of packages: what each may import. Everything else, upward or sideways, is refused, and so is any circle.
const ladder = {
  storage: [],
  backend: ['storage'],
  'backend-conformance': ['storage', 'backend'],
  'backend-cpu': ['storage', 'backend'],
  'backend-wasm': ['storage', 'backend'],
  'backend-webgpu': ['storage', 'backend'],
  tensor: ['storage', 'backend'],
  autograd: ['storage', 'backend', 'tensor'],
  nn: ['storage', 'backend', 'tensor'],
  losses: ['storage', 'backend', 'tensor'],
  optim: ['storage', 'backend', 'tensor'],
  data: ['storage', 'backend', 'tensor'],
  serialize: ['storage', 'backend', 'tensor'],
};
const core = ['storage', 'backend', 'backend-cpu', 'backend-wasm', 'tensor', 'autograd', 'nn', 'losses', 'optim'];

const backends = ['backend-cpu', 'backend-wasm'];

ladder.train = [...core.filter((name) => !backends.includes(name)), 'data', 'serialize'];
// Writes programs that use the packages, and uses none itself.
ladder['create-gradus'] = [];
ladder.gradus = [...core, 'backend-webgpu', 'data', 'serialize', 'train'];

const oneOf = (names) => `(${names.join('|')})`;

const rungs = Object.entries(ladder).map(([name, below]) => ({
  name: `ladder-${name}`,
  comment: `${name} may import ${below.join(', ') || 'no other package'}`,
  severity: 'error',
  from: { path: `^packages/${name}/src/` },
  to: { path: '^packages/', pathNot: `^packages/${oneOf([name, ...below])}/src/` },
}));

export default {
  forbidden: [
    ...rungs,
    {
      name: 'package-outside-the-ladder',
      comment: 'A new package gets its rung in .dependency-cruiser.mjs',
      severity: 'error',
      from: { path: '^packages/', pathNot: `^packages/${oneOf(Object.keys(ladder))}/` },
      to: {},
    },
    {
      name: 'package-imports-app',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^apps/' },
    },
    {
      name: 'side-door',
      comment: 'Another package is imported by its name, not by a path into its folder',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: { path: '^(packages|apps)/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
    },
    {
      name: 'core-has-no-dependencies',
      comment: 'The core runs anywhere: no npm package and no Node module',
      severity: 'error',
      from: { path: `^packages/${oneOf(core)}/src/` },
      to: { pathNot: '^packages/', dependencyTypesNot: ['local', 'type-only'], couldNotResolve: false },
    },
    {
      name: 'no-circle',
      comment: 'Modules that import each other; circles of types alone do no harm',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    exclude: { path: '/(dist|build|templates)/' },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@gradus/source', 'import', 'node', 'default', 'types'],
    },
  },
};
