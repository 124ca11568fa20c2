import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import { scope } from '../memory.ts';
import { matmul } from '../ops/matmul.ts';
import { diagonal, permute, reshape } from '../ops/movement.ts';
import { mul } from '../ops/pointwise/index.ts';
import { sum } from '../ops/reduction.ts';
import type { Tensor } from '../tensor.ts';

/** A tensor whose axes have names; a name stands once. */
interface Term {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

/**
 * Einstein's sum: `einsum('bik,bkj->bij', a, b)`. Every letter names an axis; one that isn't in the result is summed
 * over, one that an operand repeats takes its diagonal, `...` stands for axes that broadcast. Without `->` the result
 * has the letters that occur once, in alphabetical order. Operands are contracted from left to right.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.einsum.html
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const [inputs, result] = equation.replaceAll(' ', '').split('->') as [string, string | undefined];
  const subscripts = inputs.split(',');
  if (subscripts.length !== operands.length) {
    throw new ArgumentError(`einsum: '${equation}' names ${subscripts.length} operands, got ${operands.length}`);
  }
  const named = operands.map((x, i) => labelsOf(equation, subscripts[i] as string, x));
  const output = result === undefined ? implicitOutput(named) : explicitOutput(equation, result, named);
  return scope(() => {
    const sizes: Map<string, number> = new Map();
    const terms = operands.map((x, i) => takeDiagonals({ x, labels: named[i] as readonly string[] }));
    for (const term of terms) collectSizes(equation, term, sizes);
    return contractAll(
      terms.map((term) => dropSingles(term, sizes)),
      output,
      sizes,
    );
  });
}

/** One label per axis; those that `...` covers are numbered from the last, so that they align as in broadcasting. */
function labelsOf(equation: string, subscript: string, x: Tensor): readonly string[] {
  const [before, after, more] = subscript.split('...') as [string, string | undefined, string | undefined];
  const letters = [...before, ...(after ?? '')];
  const covered = x.ndim - letters.length;
  if (more !== undefined || letters.some((letter) => !/[A-Za-z]/.test(letter))) {
    throw new ArgumentError(`einsum: '${subscript}' in '${equation}' must be letters with at most one '...'`);
  }
  if (after === undefined ? covered !== 0 : covered < 0) {
    throw new ShapeError(
      `einsum: '${subscript}' in '${equation}' doesn't name the axes of shape ${formatShape(x.shape)}`,
    );
  }
  return after === undefined ? letters : [...before, ...ellipsis(covered), ...after];
}

/** Names of the axes that `...` stands for: the last is 1. */
function ellipsis(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(count - i));
}

/** The axes that `...` stands for in any operand. */
function broadcastLabels(named: readonly (readonly string[])[]): string[] {
  return ellipsis(Math.max(...named.map((labels) => labels.filter((label) => label < 'A').length)));
}

function implicitOutput(named: readonly (readonly string[])[]): readonly string[] {
  const all = named.flat();
  const once = all.filter((label) => label >= 'A' && all.indexOf(label) === all.lastIndexOf(label));
  return [...broadcastLabels(named), ...once.sort()];
}

function explicitOutput(equation: string, result: string, named: readonly (readonly string[])[]): readonly string[] {
  const [before, after] = result.split('...') as [string, string | undefined];
  const output = after === undefined ? [...before] : [...before, ...broadcastLabels(named), ...after];
  const unknown = output.find(
    (label, i) => output.indexOf(label) !== i || (label >= 'A' && !named.flat().includes(label)),
  );
  if (unknown !== undefined) {
    throw new ArgumentError(`einsum: '${unknown}' of the result in '${equation}' is repeated or in no operand`);
  }
  return output;
}

/** Axes of one name become one. */
function takeDiagonals(term: Term): Term {
  let { x, labels } = term;
  for (;;) {
    const second = labels.findIndex((label, i) => labels.indexOf(label) < i);
    if (second < 0) return { x, labels };
    const label = labels[second] as string;
    const first = labels.indexOf(label);
    if (x.shape[first] !== x.shape[second]) {
      throw new ShapeError(`einsum: '${label}' names axes of different sizes in shape ${formatShape(x.shape)}`);
    }
    x = diagonal(x, 0, first, second);
    labels = [...labels.filter((_, axis) => axis !== first && axis !== second), label];
  }
}

function collectSizes(equation: string, { x, labels }: Term, sizes: Map<string, number>): void {
  labels.forEach((label, axis) => {
    const [size, known] = [x.shape[axis] as number, sizes.get(label) ?? 1];
    if (known !== 1 && size !== 1 && known !== size) {
      throw new ShapeError(`einsum: '${label}' in '${equation}' has sizes ${known} and ${size}`);
    }
    sizes.set(label, known === 1 ? size : known);
  });
}

/** Axes of size 1 that broadcast against larger ones carry no sum of their own. */
function dropSingles({ x, labels }: Term, sizes: Map<string, number>): Term {
  const kept = labels.filter((label, axis) => x.shape[axis] === sizes.get(label));
  if (kept.length === labels.length) return { x, labels };
  return {
    x: reshape(
      x,
      kept.map((label) => sizes.get(label) as number),
    ),
    labels: kept,
  };
}

function contractAll(terms: readonly Term[], output: readonly string[], sizes: Map<string, number>): Tensor {
  let [result, ...rest] = terms as [Term, ...Term[]];
  while (rest.length > 0) {
    const [next, ...later] = rest as [Term, ...Term[]];
    const needed = new Set([...output, ...later.flatMap(({ labels }) => labels)]);
    result = contract(result, next, needed, sizes);
    rest = later;
  }
  const summed = sumOut(result, new Set(output));
  return permute(
    summed.x,
    output.map((label) => summed.labels.indexOf(label)),
  );
}

/** Sums over the axes that nobody needs any more. */
function sumOut({ x, labels }: Term, needed: ReadonlySet<string>): Term {
  const axes = labels.map((_, axis) => axis).filter((axis) => !needed.has(labels[axis] as string));
  if (axes.length === 0) return { x, labels };
  return { x: sum(x, { dim: axes }), labels: labels.filter((label) => needed.has(label)) };
}

/** The product of two terms, summed over what both have and nobody needs: one batched matrix product. */
function contract(left: Term, right: Term, needed: ReadonlySet<string>, sizes: Map<string, number>): Term {
  const [a, b] = [
    sumOut(left, new Set([...needed, ...right.labels])),
    sumOut(right, new Set([...needed, ...left.labels])),
  ];
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => needed.has(label));
  const summed = shared.filter((label) => !needed.has(label));
  const [rows, columns] = [a.labels, b.labels].map((labels) => labels.filter((label) => !shared.includes(label))) as [
    string[],
    string[],
  ];
  const labels = [...batch, ...rows, ...columns];
  const size = (list: readonly string[]): number =>
    list.reduce((total, label) => total * (sizes.get(label) as number), 1);
  const arrange = ({ x, labels: from }: Term, ...groups: readonly (readonly string[])[]): Tensor =>
    reshape(
      permute(
        x,
        groups.flat().map((label) => from.indexOf(label)),
      ),
      groups.map(size),
    );
  const product =
    summed.length === 0
      ? mul(arrange(a, batch, rows, []), arrange(b, batch, [], columns))
      : matmul(arrange(a, batch, rows, summed), arrange(b, batch, summed, columns));
  return {
    x: reshape(
      product,
      labels.map((label) => sizes.get(label) as number),
    ),
    labels,
  };
}
