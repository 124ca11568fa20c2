import type { BackendName } from '../training/backends.ts';
import type { Point } from './datasets.ts';
import type { ActivationName } from './network.ts';

/** What a training of a boundary is told. */
export interface BoundaryOptions {
  readonly points: readonly Point[];
  readonly backend: BackendName;
  readonly activation: ActivationName;
  /** Units of each of the two hidden layers. */
  readonly width: number;
  readonly lr: number;
  readonly steps: number;
}

/** The points have changed while it trains. */
export interface NewPoints {
  readonly points: readonly Point[];
}

/** Columns and rows of the field, which reaches from -EXTENT to EXTENT; the top row is first. */
export const FIELD = 64;
export const EXTENT = 1.1;

/** How the network stands. */
export interface BoundaryMessage {
  readonly step: number;
  readonly loss: number;
  /** Of the points. */
  readonly accuracy: number;
  /** The probability of class 1: [FIELD, FIELD]. */
  readonly field: Float32Array;
}
