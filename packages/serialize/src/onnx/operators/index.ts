import type { Operator } from '../node.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { movement } from './movement.ts';
import { networks } from './networks.ts';
import { recurrent } from './recurrent.ts';
import { reductions } from './reductions.ts';
import { resize } from './resize.ts';
import { shapes } from './shapes.ts';

/** Every operator that can be run, by ONNX's name. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    ...elementwise,
    ...movement,
    ...indexing,
    ...shapes,
    ...reductions,
    ...networks,
    ...recurrent,
    ...resize,
  }),
);
