import type {
  Backend,
  ConvolutionGeometry,
  MapProgram,
  ReduceProgram,
  ScanOp,
  ScatterCombine,
  WindowGeometry,
} from '@gradus/backend';
import type { Layout, Movement, Shape } from '@gradus/storage';

/**
 * What a recorder is told about an op: one kind per kernel and per fused kernel, and one per way of moving data.
 * Everything else is composed of these.
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
  | ConvolutionOperation
  | { readonly kind: 'maxPool'; readonly window: readonly number[]; readonly geometry: WindowGeometry }
  | { readonly kind: 'transfer'; readonly from: Backend };

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

/**
 * The convolution's three forms, each linear in both inputs: (input, weight) -> output, (gradient, weight) -> input,
 * (gradient, input) -> weight. `shape` is the output's.
 */
export interface ConvolutionOperation {
  readonly kind: 'convolution' | 'convolutionInput' | 'convolutionWeight';
  readonly geometry: ConvolutionGeometry;
  readonly shape: Shape;
}

/** How an op is called in messages. */
export function operationName(operation: Operation): string {
  if (operation.kind === 'map' || operation.kind === 'reduce') return operation.name;
  return operation.kind === 'view' ? operation.movement.type : operation.kind;
}
