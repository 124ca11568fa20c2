/** Base of every error that Gradus throws on purpose; `instanceof GradusError` tells them from bugs. */
export class GradusError extends Error {
  override readonly name: string = 'GradusError';
}

/** Shapes, sizes, axes or strides that don't fit together. */
export class ShapeError extends GradusError {
  override readonly name: string = 'ShapeError';
}

/** A dtype that an operation or backend can't take, or a value that a dtype can't hold. */
export class DTypeError extends GradusError {
  override readonly name: string = 'DTypeError';
}

/** An index outside the axis that it points into. */
export class IndexError extends GradusError {
  override readonly name: string = 'IndexError';
}

/** An argument whose value is outside what the operation allows. */
export class ArgumentError extends GradusError {
  override readonly name: string = 'ArgumentError';
}

/** Use of memory that was released already. */
export class DisposedError extends GradusError {
  override readonly name: string = 'DisposedError';
}

/** A backend that is unknown, failed to load, or can't do what it was asked. */
export class BackendError extends GradusError {
  override readonly name: string = 'BackendError';
}

/** A misuse of automatic differentiation. */
export class AutogradError extends GradusError {
  override readonly name: string = 'AutogradError';
}

/** `[2, 3]`: how shapes are written in messages. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
