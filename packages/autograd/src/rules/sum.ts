import { type Expression, foldDType, input, type ReduceProgram, reduceProgram, substitute } from '@gradus/backend';
import { type DType, type Shape, sameShape } from '@gradus/storage';
import { expand, type ReduceOperation, reshape, type Saves, type Tensor } from '@gradus/tensor';
import { map, reduce, reducedShape } from '@gradus/tensor/launch';
import { derive } from '../derive.ts';
import { Derivative, remembered } from './derivative.ts';
import type { Context, Thunks } from './rule.ts';

// A sum's gradient expressions read the program's inputs and, after them, three values per result: the sum itself, the
// output (after `finish`) and the gradient that arrives.
const SUM = 0;
const OUTPUT = 1;
const GRADIENT = 2;

const cache = new WeakMap<ReduceProgram, Derivative>();

export function savedForSum({ program }: ReduceOperation, needs: readonly boolean[]): Saves {
  const read = derivativeOf(program).reads(needs);
  const count = program.inputs.length;
  // The sum is not kept: it is computed again from all inputs.
  const all = read.has(count + SUM);
  const inputs = program.inputs.map((_, i) => i).filter((i) => all || read.has(i));
  return { inputs, outputs: read.has(count + OUTPUT) ? [0] : [] };
}

/** Thunks per input; `g` has the reduced axes with size 1, `full` is the shape that was summed. */
export function sumGradient(context: Context<ReduceOperation>, g: Tensor, full: Shape): Thunks {
  const { program, uniforms, name } = context.operation;
  const derivative = derivativeOf(program);
  const count = program.inputs.length;
  const symbolTensor = (symbol: number): Tensor => {
    if (symbol < count) return context.input(symbol);
    if (symbol === count + GRADIENT) return g;
    return symbol === count + OUTPUT ? reshape(context.output(0), g.shape) : sumAgain(context, full);
  };
  return derivative.expressions.map((expression, at) => {
    if (expression === null) return null;
    if (expression.kind === 'input') return () => expand(symbolTensor(expression.index), full);
    return () => {
      const { program: backward, read } = derivative.map(derivative.expressions.map((_, i) => i === at));
      const gradient = map(`${name} backward`, backward, read.map(symbolTensor), uniforms);
      // Where no operand has the full shape, as with a mean, neither has the gradient yet.
      return sameShape(gradient.shape, full) ? gradient : expand(gradient, full);
    };
  });
}

function sumAgain({ operation, input: saved }: Context<ReduceOperation>, full: Shape): Tensor {
  const { program, axes, uniforms, name } = operation;
  const plain = reduceProgram(program.inputs, program.uniforms, 'sum', program.body);
  return reduce(
    name,
    plain,
    program.inputs.map((_, i) => saved(i)),
    axes,
    reducedShape(full, axes, true),
    uniforms,
  );
}

function derivativeOf(program: ReduceProgram): Derivative {
  return remembered(cache, program, () => differentiate(program));
}

function differentiate(program: ReduceProgram): Derivative {
  const { inputs, body, finish, uniforms } = program;
  const symbols = [...inputs, foldDType(program.fold, body), finish.dtype, finish.dtype];
  const symbol = (k: number): Expression => input(inputs.length + k, symbols[inputs.length + k] as DType);
  const [finished] = substitute([finish], (node) => (node.kind === 'input' ? symbol(SUM) : undefined)) as [Expression];
  const seed = derive([finished], [symbol(GRADIENT)]).get(symbol(SUM));
  if (seed === undefined)
    return new Derivative(
      inputs.map(() => null),
      symbols,
      uniforms,
    );
  const [throughOutput] = substitute([seed], (node) =>
    node === finished && node.kind === 'op' ? symbol(OUTPUT) : undefined,
  );
  const adjoints = derive([body], [throughOutput as Expression]);
  return new Derivative(
    inputs.map((dtype, i) => adjoints.get(input(i, dtype)) ?? null),
    symbols,
    uniforms,
  );
}
