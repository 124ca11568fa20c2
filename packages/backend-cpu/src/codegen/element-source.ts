import { type Expression, operandsOf, type ScalarOpName, topologicalOrder } from '@gradus/backend';
import { castSource, literal, opSource, type Source } from './scalar-source.ts';

/** Where in a nest of loops a value is known: once per launch, once per row, or once per element. */
export type Level = 0 | 1 | 2;

/** The text that computes expressions for one element. */
export interface ElementSource {
  /** Declarations of shared values, per level. */
  readonly statements: readonly [string[], string[], string[]];
  /** Text of each root's value, at level 2. */
  readonly values: readonly string[];
  /** Functions of `scalarOps` that the text calls by name. */
  readonly calls: ReadonlySet<ScalarOpName>;
}

/** Nesting of one text; deeper expressions go through locals, so that no parser overflows. */
const MAX_DEPTH = 20;

/** How the leaves are written, and at which level they are known. */
export interface Leaves {
  input(index: number): string;
  inputLevel(index: number): Level;
}

interface Use {
  count: number;
  /** Highest level of anyone who uses the value. */
  level: Level;
}

/**
 * Writes expressions as JavaScript. A value used once stands where it is used, so that the branch a select doesn't take
 * isn't computed; a shared one becomes a local, at the outermost level where it is known. `prefix` keeps the locals of
 * several expressions in one function apart.
 */
export function elementSource(roots: readonly Expression[], leaves: Leaves, prefix = 'v'): ElementSource {
  const order = topologicalOrder(roots);
  const levels = levelsOf(order, leaves);
  const uses = usesOf(order, roots, levels);
  const sources = new Map<Expression, Source & { readonly depth: number }>();
  const statements: [string[], string[], string[]] = [[], [], []];
  const calls = new Set<ScalarOpName>();
  const call = (op: ScalarOpName): string => {
    calls.add(op);
    return op;
  };
  for (const node of order) {
    const operands = operandsOf(node).map((operand) => sources.get(operand) as Source & { depth: number });
    const source = nodeSource(node, operands, leaves, call);
    const depth = operands.reduce((deepest, operand) => Math.max(deepest, operand.depth + 1), 0);
    const use = uses.get(node) as Use;
    const level = levels.get(node) as Level;
    if (operands.length > 0 && (use.count > 1 || use.level > level || depth > MAX_DEPTH)) {
      const name = `${prefix}${sources.size}`;
      statements[level].push(`const ${name} = ${source.value};`);
      sources.set(node, { value: name, depth: 0 });
    } else {
      sources.set(node, { ...source, depth });
    }
  }
  return { statements, values: roots.map((root) => (sources.get(root) as Source).value), calls };
}

function nodeSource(
  node: Expression,
  operands: readonly Source[],
  leaves: Leaves,
  call: (op: ScalarOpName) => string,
): Source {
  switch (node.kind) {
    case 'input':
      return { value: leaves.input(node.index) };
    case 'uniform':
      return { value: `u${node.index}` };
    case 'constant':
      return { value: literal(node.value) };
    case 'coordinate':
      throw new TypeError('coordinates are inputs here: see withoutCoordinates');
    case 'cast':
      return { value: castSource((operands[0] as Source).value, node.operand.dtype, node.dtype) };
    case 'op':
      return opSource(node, operands, call);
  }
}

function levelsOf(order: readonly Expression[], leaves: Leaves): Map<Expression, Level> {
  const levels = new Map<Expression, Level>();
  for (const node of order) {
    const own = node.kind === 'input' ? leaves.inputLevel(node.index) : 0;
    const level = operandsOf(node).reduce<Level>((max, operand) => higher(max, levels.get(operand) as Level), own);
    levels.set(node, level);
  }
  return levels;
}

function usesOf(
  order: readonly Expression[],
  roots: readonly Expression[],
  levels: ReadonlyMap<Expression, Level>,
): Map<Expression, Use> {
  const uses = new Map<Expression, Use>(order.map((node) => [node, { count: 0, level: 0 }]));
  const add = (node: Expression, level: Level): void => {
    const use = uses.get(node) as Use;
    use.count++;
    use.level = higher(use.level, level);
  };
  for (const root of roots) add(root, 2);
  for (const node of order) for (const operand of operandsOf(node)) add(operand, levels.get(node) as Level);
  return uses;
}

function higher(a: Level, b: Level): Level {
  return a > b ? a : b;
}
