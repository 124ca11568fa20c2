import type { Backend, MapProgram, ReduceProgram, ScanOp, ScatterCombine } from '@gradus/backend';
import type { Layout, Movement, Shape } from '@gradus/storage';
import type { Tensor } from './tensor.ts';

/**
 * What a recorder is told about an op: one kind per kernel, one per way of moving data, and one for ops that bring their own
 * rule. Everything else is composed of these.
 */
export type Operation =
  | MapOperation
  | ReduceOperation
  | { readonly kind: 'scan'; readonly op: ScanOp; readonly axis: number }
  | { readonly kind: 'matmul' }
  | ViewOperation
  | PlaceOperation
  | { readonly kind: 'cat'; readonly axis: number }
  | { readonly kind: 'split'; readonly axis: number; readonly sizes: readonly number[] }
  | { readonly kind: 'gather'; readonly axis: number }
  | ScatterOperation
  | { readonly kind: 'sort'; readonly axis: number }
  | { readonly kind: 'softmax'; readonly axis: number; readonly log: boolean }
  | { readonly kind: 'transfer'; readonly from: Backend }
  | CustomOperation;

export type OperationKind = Operation['kind'];

/** Inputs broadcast to the output's shape. */
export interface MapOperation {
  readonly kind: 'map';
  /** The op's name as users know it. */
  readonly name: string;
  readonly program: MapProgram;
  readonly uniforms: readonly number[];
}

/** `axes` of the (broadcast) inputs are folded; the output may have any shape of as many elements as remain. */
export interface ReduceOperation {
  readonly kind: 'reduce';
  readonly name: string;
  readonly program: ReduceProgram;
  readonly uniforms: readonly number[];
  readonly axes: readonly number[];
}

/** The output is a view of the input, whose layout was `from`. */
export interface ViewOperation {
  readonly kind: 'view';
  readonly movement: Movement;
  readonly from: Layout;
}

/** The adjoint of a view: the input added into zeros where the view reads. */
export interface PlaceOperation {
  readonly kind: 'place';
  readonly movement: Movement;
  readonly from: Layout;
}

/** Inputs are what is scattered into, the index, the source. */
export interface ScatterOperation {
  readonly kind: 'scatter';
  readonly axis: number;
  readonly combine: ScatterCombine;
}

/** An op that brings its gradient rule: of families that few programs need, so that the others carry none of them. */
export interface CustomOperation {
  readonly kind: 'custom';
  /** The op's name as users know it. */
  readonly name: string;
  readonly rule: GradientRule;
}

export interface GradientRule {
  /** What `backward` reads; a function where that depends on which inputs need gradients. */
  readonly saves: Saves | ((needs: readonly boolean[]) => Saves);
  /**
   * Per input its gradient, as ops on tensors, or null where there is none; called only for those that are needed. Of the
   * outputs' gradients, null stands for zero.
   */
  backward(context: GradientContext, gradients: readonly (Tensor | null)[]): readonly ((() => Tensor) | null)[];
}

/** Indices of inputs and outputs. */
export interface Saves {
  readonly inputs?: readonly number[];
  readonly outputs?: readonly number[];
}

export interface GradientContext {
  /** Whether the backward pass is recorded itself: then everything read has to be a function of the inputs. */
  readonly createGraph: boolean;
  /** Which inputs a gradient is wanted for. */
  readonly needs: readonly boolean[];
  readonly inputShapes: readonly Shape[];
  /** How many outputs the op has. */
  readonly outputs: number;
  input(index: number): Tensor;
  output(index: number): Tensor;
}

/** How an op is called in messages. */
export function operationName(operation: Operation): string {
  if ('name' in operation) return operation.name;
  return operation.kind === 'view' ? operation.movement.type : operation.kind;
}
