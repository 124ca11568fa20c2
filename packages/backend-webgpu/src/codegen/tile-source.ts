import { functionsFor } from '../math/library.ts';
import type { KernelSource } from '../queue/kernel-source.ts';
import {
  addTerm,
  hasWindingDepth,
  type OperandType,
  placeType,
  type TermType,
  termType,
  VECTOR,
} from './operand-source.ts';
import { type ProductType, productFrame } from './product-source.ts';

/** How a product is cut: a workgroup computes a tile of the result, an invocation some rows and columns of it. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  /** Terms that lie in shared memory at a time. */
  readonly depth: number;
  readonly threadRows: number;
  readonly threadColumns: number;
}

function threadsOf({ rows, columns, threadRows, threadColumns }: Tile): number {
  return (rows / threadRows) * (columns / threadColumns);
}

/**
 * A product by tiles. A slice of either factor is brought to shared memory, as [depth, outer] in vectors, whatever its
 * layout; there every invocation reads vectors of both and keeps its sums in registers.
 */
export function tileSource(type: ProductType, tile: Tile): KernelSource {
  const { bindings, params, functions, term } = productFrame(type);
  const left = new TileLoad('a', type.left, { ...tile, outer: tile.rows, count: 'rows' });
  const right = new TileLoad('b', type.right, { ...tile, outer: tile.columns, count: 'columns' });
  const body = `  if (group >= p.groups) { return; }
  let rowTiles = (p.rows + ${tile.rows - 1}u) / ${tile.rows}u;
  let columnTiles = (p.columns + ${tile.columns - 1}u) / ${tile.columns}u;
  let bFirst = (group % columnTiles) * ${tile.columns}u;
  let aFirst = (group / columnTiles) % rowTiles * ${tile.rows}u;
  let slice = group / (columnTiles * rowTiles);
  let part = slice % p.parts;
  let image = slice / p.parts;
  let first = part * p.partLength;
  let end = min(first + p.partLength, p.depth);
${left.before()}
${right.before()}
${declareSums(tile, term)}
  for (var start = first; start < end; start += ${tile.depth}u) {
${left.load()}
${right.load()}
    workgroupBarrier();
    for (var k = 0u; k < ${tile.depth}u; k++) {
${multiply(type, tile)}
    }
${left.after()}
${right.after()}
    workgroupBarrier();
  }
${store(tile)}`;
  const declarations = `${functions}
${left.declarations(term)}
${right.declarations(term)}
${storeFunction(term)}`;
  return {
    label: type.label,
    bindings,
    params,
    workgroup: [threadsOf(tile), 1, 1],
    declarations: functionsFor(declarations) + declarations,
    body,
  };
}

/** Brings slices of one factor to shared memory: every invocation some vectors of neighbours along `outer`. */
class TileLoad {
  readonly #x: string;
  readonly #type: OperandType;
  readonly #outer: number;
  readonly #depth: number;
  readonly #threads: number;
  readonly #count: string;

  constructor(x: string, type: OperandType, tile: Tile & { readonly outer: number; readonly count: string }) {
    this.#x = x;
    this.#type = type;
    this.#outer = tile.outer;
    this.#depth = tile.depth;
    this.#threads = threadsOf(tile);
    this.#count = tile.count;
  }

  /** A vector more than a slice has: neighbours along the depth are written to other banks. */
  get #pitch(): number {
    return this.#outer / VECTOR + 1;
  }

  get #units(): number {
    return (this.#outer / VECTOR) * this.#depth;
  }

  declarations(term: string): string {
    const x = this.#x;
    const slice = `var<workgroup> ${x}Slice: array<vec4<${term}>, ${this.#pitch * this.#depth}>;`;
    if (!hasWindingDepth(this.#type)) return slice;
    return `${slice}\nvar<workgroup> ${x}Depths: array<${placeType(this.#type)}, ${this.#depth}>;`;
  }

  /** What doesn't change along the depth. */
  before(): string {
    const x = this.#x;
    const lines = [`  let ${x}Start = ${x}Batch(image);`];
    for (let u = 0; u < this.#unitsPerThread; u++) {
      const [unit, outer, depth] = [`${x}Unit${u}`, `${x}Outer${u}`, `${x}Depth${u}`];
      const vectors = this.#outer / VECTOR;
      const isAlongOuter = this.#type.along === 'outer';
      lines.push(`  let ${unit} = local + ${u * this.#threads}u;`);
      lines.push(`  let ${depth} = ${unit} ${isAlongOuter ? `/ ${vectors}u` : `% ${this.#depth}u`};`);
      if (this.#placesOf(u) !== u) continue;
      lines.push(`  let ${outer} = ${unit} ${isAlongOuter ? `% ${vectors}u` : `/ ${this.#depth}u`};`);
      for (let v = 0; v < (this.#type.isVector ? 1 : VECTOR); v++) {
        // Beyond the last one neighbours are read again: what becomes of them is not stored.
        const index = `min(${x}First + ${VECTOR}u * ${outer} + ${v}u, p.${this.#count} - 1u)`;
        lines.push(`  let ${x}Place${u}_${v} = ${x}Outer(${x}Start, ${index});`);
      }
    }
    if (hasWindingDepth(this.#type)) lines.push(this.#findDepths('first'), '  workgroupBarrier();');
    return lines.join('\n');
  }

  /** Brings the slice from `start` on. */
  load(): string {
    const lines: string[] = [];
    for (let u = 0; u < this.#unitsPerThread; u++) {
      const isPartial = (u + 1) * this.#threads > this.#units;
      lines.push(isPartial ? `    if (${this.#x}Unit${u} < ${this.#units}u) {` : '    {', this.#loadUnit(u), '    }');
    }
    return lines.join('\n');
  }

  /** While others still compute: where the next slice lies. */
  after(): string {
    return hasWindingDepth(this.#type) ? this.#findDepths(`start + ${this.#depth}u`) : '';
  }

  #findDepths(start: string): string {
    const x = this.#x;
    return `  if (local < ${this.#depth}u) { ${x}Depths[local] = ${x}Depth(${start} + local); }`;
  }

  /** Which of an invocation's vectors has the same places along `outer`: the first, where only the depth changes between them. */
  #placesOf(u: number): number {
    return this.#type.along === 'outer' && this.#threads % (this.#outer / VECTOR) === 0 ? 0 : u;
  }

  get #unitsPerThread(): number {
    return Math.ceil(this.#units / this.#threads);
  }

  #loadUnit(u: number): string {
    const x = this.#x;
    const { isVector, dtype } = this.#type;
    const depth = hasWindingDepth(this.#type) ? `${x}Depths[${x}Depth${u}]` : `${x}Depth(start + ${x}Depth${u})`;
    const places = this.#placesOf(u);
    const loads = [0, 1, 2, 3].map((v) => `${x}Load(${x}Place${places}_${v}, depth)`);
    const vector = isVector ? `${x}LoadVector(${x}Place${places}_0, depth)` : `vec4(${loads.join(', ')})`;
    return `      var value = vec4<${termType(dtype)}>();
      if (start + ${x}Depth${u} < end) {
        let depth = ${depth};
        value = ${vector};
      }
      ${x}Slice[${x}Depth${u} * ${this.#pitch}u + ${x}Outer${places}] = value;`;
  }
}

/** Vectors of sums, by row and vector of columns. */
function sums({
  threadRows,
  threadColumns,
}: Tile): readonly { readonly name: string; readonly row: number; readonly vector: number }[] {
  const vectors = threadColumns / VECTOR;
  return Array.from({ length: threadRows * vectors }, (_, i) => {
    const [row, vector] = [Math.floor(i / vectors), i % vectors];
    return { name: `sum${row}_${vector}`, row, vector };
  });
}

/** Invocations stand in a grid over the tile; each has vectors of neighbouring rows and columns, the grid's width apart. */
function declareSums(tile: Tile, term: TermType): string {
  const across = tile.columns / tile.threadColumns;
  const declared = sums(tile).map(({ name }) => `  var ${name} = vec4<${term}>();`);
  return [`  let gridColumn = local % ${across}u;`, `  let gridRow = local / ${across}u;`, ...declared].join('\n');
}

function multiply(type: ProductType, tile: Tile): string {
  const { rows, columns, threadRows, threadColumns } = tile;
  const vectors = (x: string, at: string, extent: number, own: number): string[] =>
    Array.from({ length: own / VECTOR }, (_, v) => {
      const place = `k * ${extent / VECTOR + 1}u + ${at} + ${(v * extent) / own}u`;
      return `      let ${x}${v} = ${x}Slice[${place}];`;
    });
  const terms = sums(tile).map(({ name, row, vector }) => {
    const left = `a${Math.floor(row / VECTOR)}.${'xyzw'[row % VECTOR]}`;
    return `      ${addTerm(name, type.dtype === 'bool' ? `vec4<u32>(${left})` : left, `b${vector}`, type.dtype)}`;
  });
  return [
    ...vectors('a', 'gridRow', rows, threadRows),
    ...vectors('b', 'gridColumn', columns, threadColumns),
    ...terms,
  ].join('\n');
}

function store(tile: Tile): string {
  const { rows, columns, threadRows, threadColumns } = tile;
  const lines: string[] = [];
  for (let v = 0; v < threadColumns / VECTOR; v++) {
    const column = `column${v}`;
    lines.push(
      `  let ${column} = bFirst + ${VECTOR}u * (gridColumn + ${(v * columns) / threadColumns}u);`,
      `  let place${v} = vec4<u32>(${[0, 1, 2, 3].map((c) => `outColumn(${column} + ${c}u)`).join(', ')});`,
    );
  }
  for (let r = 0; r < threadRows; r++) {
    const block = Math.floor(r / VECTOR) * (rows / threadRows);
    const row = `aFirst + ${VECTOR}u * (gridRow + ${block}u) + ${r % VECTOR}u`;
    const calls = sums(tile)
      .filter((sum) => sum.row === r)
      .map(({ name, vector }) => `storeVector(start, place${vector}, column${vector}, ${name});`);
    lines.push(`  if (${row} < p.rows) { let start = outRow(image, part, ${row}); ${calls.join(' ')} }`);
  }
  return lines.join('\n');
}

function storeFunction(term: TermType): string {
  const lanes = ['x', 'y', 'z', 'w'].map((lane, c) => {
    return `  if (column + ${c}u < p.columns) { outStore(start + places.${lane}, value.${lane}); }`;
  });
  return `fn storeVector(start: u32, places: vec4<u32>, column: u32, value: vec4<${term}>) {
${lanes.join('\n')}
}`;
}
