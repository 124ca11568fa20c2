import { sameShape } from '@gradus/storage';
import { type Emitted, ExpressionWriter, isNarrower } from './expression.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { lowerPlace, lowerView } from './lower-movement.ts';
import { lowerReduce } from './lower-reduce.ts';
import { lowerConvolution, lowerMaxPool } from './lower-windows.ts';
import { depends, type Sizes } from './sizes.ts';
import { ExportError, type Step, type Value } from './trace.ts';

/** One step in both runs. */
export type Steps<Kind = Step['operation']['kind']> = readonly [StepOf<Kind>, StepOf<Kind>];
type StepOf<Kind> = Step & { readonly operation: Extract<Step['operation'], { readonly kind: Kind }> };

/** Writes steps as operators of ONNX. */
export class Lowering {
  readonly #builder: GraphBuilder;
  readonly #sizes: Sizes;
  readonly #nameOf: (value: Value, twin: Value) => string;

  constructor(builder: GraphBuilder, sizes: Sizes, nameOf: (value: Value, twin: Value) => string) {
    this.#builder = builder;
    this.#sizes = sizes;
    this.#nameOf = nameOf;
  }

  /** The names of the step's results; fewer than it has where ONNX does not give the last. */
  lower(steps: Steps): readonly string[] {
    const [step, twin] = steps;
    if (step.operation.kind !== twin.operation.kind || step.inputs.length !== twin.inputs.length)
      throw depends('an op');
    const { operation } = step;
    const builder = this.#builder;
    switch (operation.kind) {
      case 'map':
        return this.#map(steps as Steps<'map'>);
      case 'reduce':
        return lowerReduce(builder, this.#sizes, steps as Steps<'reduce'>, this.#emitted(steps));
      case 'view':
        return [this.#view(steps as Steps<'view'>)];
      case 'place':
        return [this.#place(steps as Steps<'place'>)];
      case 'matmul':
        return [builder.add('MatMul', this.#names(steps))];
      case 'cat':
        return [builder.add('Concat', this.#names(steps), { axis: operation.axis })];
      case 'split':
        return this.#split(steps as Steps<'split'>);
      case 'gather':
        return [this.#gather(steps as Steps<'gather'>)];
      case 'scatter':
        return [this.#scatter(steps as Steps<'scatter'>)];
      case 'sort':
        return this.#sort(steps as Steps<'sort'>);
      case 'scan':
        if (operation.op !== 'sum') throw new ExportError(`exportOnnx: ONNX has no running ${operation.op}`);
        return [builder.add('CumSum', [...this.#names(steps), builder.integers([operation.axis], [])])];
      case 'softmax':
        return [builder.add(operation.log ? 'LogSoftmax' : 'Softmax', this.#names(steps), { axis: operation.axis })];
      case 'convolution':
      case 'convolutionInput': {
        const values = [...step.inputs, ...step.outputs] as unknown as readonly [Value, Value, Value];
        return [
          lowerConvolution(builder, operation, this.#names(steps) as unknown as readonly [string, string], values),
        ];
      }
      case 'maxPool': {
        const [x] = this.#names(steps) as [string];
        return [lowerMaxPool(builder, operation, x, step.inputs[0] as Value, step.outputs[0] as Value)];
      }
      default:
        throw new ExportError(`exportOnnx: ONNX has no operator for ${operation.kind}`);
    }
  }

  #names([step, twin]: Steps): readonly string[] {
    return step.inputs.map((value, i) => this.#nameOf(value, twin.inputs[i] as Value));
  }

  #emitted(steps: Steps): readonly Emitted[] {
    const names = this.#names(steps);
    return steps[0].inputs.map(({ shape }, i) => ({ name: names[i] as string, shape }));
  }

  #map(steps: Steps<'map'>): readonly string[] {
    const [step, twin] = steps;
    const { name, program, uniforms } = step.operation;
    if (twin.operation.program !== program) throw depends('an op');
    if (uniforms.some((value, i) => !Object.is(value, twin.operation.uniforms[i])))
      throw depends(`a number in ${name}`);
    const [output, outputTwin] = [step.outputs[0] as Value, twin.outputs[0] as Value];
    if (program.usesCoordinates && !sameShape(output.shape, outputTwin.shape)) throw depends(name);
    const scope = { op: name, inputs: this.#emitted(steps), uniforms, shape: output.shape };
    const writer = new ExpressionWriter(this.#builder, scope);
    return program.outputs.map((expression) => {
      const value = writer.write(expression);
      if (!isNarrower(value, output.shape)) return value.name;
      return this.#builder.add('Expand', [value.name, this.#sizes.list(output.shape, outputTwin.shape)]);
    });
  }

  #view(steps: Steps<'view'>): string {
    const [step, twin] = steps;
    const { movement, from } = step.operation;
    if (movement.type === 'asStrided' && !(from.isContiguous && from.offset === 0)) {
      throw new ExportError('exportOnnx: asStrided of a tensor that is a view itself; call contiguous() first');
    }
    return lowerView(this.#builder, this.#sizes, this.#names(steps)[0] as string, {
      movements: [movement, twin.operation.movement],
      from: [(step.inputs[0] as Value).shape, (twin.inputs[0] as Value).shape],
      to: [(step.outputs[0] as Value).shape, (twin.outputs[0] as Value).shape],
    });
  }

  #place(steps: Steps<'place'>): string {
    const [step, twin] = steps;
    const output = step.outputs[0] as Value;
    return lowerPlace(this.#builder, this.#names(steps)[0] as string, output, {
      movements: [step.operation.movement, twin.operation.movement],
      from: [(step.inputs[0] as Value).shape, (twin.inputs[0] as Value).shape],
      to: [output.shape, (twin.outputs[0] as Value).shape],
    });
  }

  #split(steps: Steps<'split'>): readonly string[] {
    const [step, twin] = steps;
    const { axis, sizes } = step.operation;
    const inputs = [...this.#names(steps), this.#sizes.list(sizes, twin.operation.sizes)];
    return this.#builder.addMany('Split', inputs, sizes.length, { axis });
  }

  /** Whole rows, where the index was spread over them: an embedding. */
  #gather(steps: Steps<'gather'>): string {
    const [step, twin] = steps;
    const { axis } = step.operation;
    const [source, index] = step.inputs as readonly [Value, Value];
    const rows = spreadFrom(index, axis);
    const whole = source.shape.every((n, i) => i === axis || n === index.shape[i]);
    if (rows === null || !whole) return this.#builder.add('GatherElements', this.#names(steps), { axis });
    const rowsTwin = spreadFrom(twin.inputs[1] as Value, axis);
    if (rowsTwin === null) throw depends('an op');
    const names = [this.#names(steps)[0] as string, this.#nameOf(rows, rowsTwin)] as const;
    const flat =
      rows.shape.length === 1 ? names[1] : this.#builder.add('Reshape', [names[1], this.#builder.integers([-1])]);
    return this.#builder.add('Gather', [names[0], flat], { axis });
  }

  #scatter(steps: Steps<'scatter'>): string {
    const { axis, combine } = steps[0].operation;
    const reduction = { replace: 'none', sum: 'add', prod: 'mul', max: 'max', min: 'min' }[combine];
    return this.#builder.add('ScatterElements', this.#names(steps), { axis, reduction });
  }

  #sort(steps: Steps<'sort'>): readonly string[] {
    const [step, twin] = steps;
    const { shape } = step.inputs[0] as Value;
    const { axis: signed } = step.operation;
    const axis = signed < 0 ? signed + shape.length : signed;
    const count = this.#sizes.list([shape[axis] as number], [(twin.inputs[0] as Value).shape[axis] as number]);
    return this.#builder.addMany('TopK', [...this.#names(steps), count], 2, {
      axis,
      largest: signed < 0 ? 1 : 0,
      sorted: 1,
    });
  }
}

/** What an index was stretched from, where it has one element along all axes but one. */
function spreadFrom(index: Value, axis: number): Value | null {
  const producer = index.producer;
  if (producer?.operation.kind !== 'view' || producer.operation.movement.type !== 'expand') return null;
  const rows = producer.inputs[0] as Value;
  const offset = index.shape.length - rows.shape.length;
  const isRow = rows.shape.every((n, i) => i + offset === axis || n === 1);
  return isRow && (rows.shape[axis - offset] ?? -1) === index.shape[axis] ? rows : null;
}
