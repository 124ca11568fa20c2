import { AutogradError, formatShape } from '@gradus/storage';
import { to } from '@gradus/tensor';
import { type LaunchTransform, setTransform, watchAllocations } from '@gradus/tensor/launch';
import { alongAxis } from './along-axis.ts';
import { custom } from './custom.ts';
import { activeLevels, inside, type Level, levelOf } from './level.ts';
import { movement } from './movement.ts';
import { pointwise } from './pointwise.ts';
import { products } from './products.ts';
import { drawPerExample } from './randomness.ts';
import { rule } from './rule.ts';

/** What launches do while a vmap is at work: one batching rule per launch function. */
const batching: LaunchTransform = {
  takes: (tensors) => levelOf(tensors) !== null,

  all: (x) => (levelOf([x]) as Level).all(x),

  move: rule((level, x, backend) => level.wrap(to(level.all(x), backend))),

  draw: drawPerExample,

  refuseRead(x) {
    throw new AutogradError(
      `vmap: a tensor of shape ${formatShape(x.shape)} stands for one per example and has no values to read; ` +
        "ops whose result's shape depends on values can't be mapped either. Return the tensor and read it outside",
    );
  },

  ...pointwise,
  ...alongAxis,
  ...movement,
  ...products,
  ...custom,
};

/** Runs `body` inside a level, and ends the level. */
export function atLevel<T>(level: Level, body: () => T): T {
  setTransform(batching);
  try {
    return watchAllocations(
      (storage) => level.noteMemory(storage),
      () => inside(level, body),
    );
  } finally {
    level.end();
    if (activeLevels().length === 0) setTransform(null);
  }
}
