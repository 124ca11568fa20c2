import type { Numbers } from '../numbers.ts';

/** What every workload says of itself; all of it is data that a process of any language reads. */
export interface Described<Family extends string> {
  readonly name: string;
  /** Which of a contender's builders makes it. */
  readonly family: Family;
  /** What is computed, in a line. */
  readonly title: string;
  /** What one step is. */
  readonly timed: string;
  /** Floating-point operations of a step, where their rate is of interest. */
  readonly flops?: number;
}

/** A model that is trained on one fixed batch. */
export interface Training<Family extends string> extends Described<Family> {
  /** By PyTorch's names and in its shapes, in the order of its state dict. */
  readonly parameters: Readonly<Record<string, Numbers>>;
  readonly optimizer: Optimization;
}

export type Optimization =
  | { readonly kind: 'sgd'; readonly learningRate: number; readonly momentum: number }
  | { readonly kind: 'adam'; readonly learningRate: number }
  | { readonly kind: 'adamw'; readonly learningRate: number; readonly weightDecay: number };
