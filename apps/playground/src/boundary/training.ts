import { noGrad } from '@gradus/autograd';
import { binaryCrossEntropyWithLogits } from '@gradus/losses';
import type { Module } from '@gradus/nn';
import { Adam } from '@gradus/optim';
import { fromValues, manualSeed, scope, type Tensor } from '@gradus/tensor';
import { serveTraining, type TrainingContext } from '@gradus/train';
import { useBackend } from '../training/backends.ts';
import type { Point } from './datasets.ts';
import { createNetwork } from './network.ts';
import { type BoundaryMessage, type BoundaryOptions, EXTENT, FIELD, type NewPoints } from './protocol.ts';

/** Steps between two pictures, and milliseconds at least: slow enough to watch. */
const STEPS = 8;
const INTERVAL = 30;

serveTraining(async (context: TrainingContext<BoundaryOptions, BoundaryMessage>) => {
  const { options, signal, post } = context;
  await useBackend(options.backend);
  manualSeed(0);
  const model = createNetwork(options.width, options.activation);
  const optimizer = new Adam(model.parameters(), { lr: options.lr });
  const grid = gridPoints();
  let points = tensorsOf(options.points);
  context.onMessage((message) => {
    for (const tensor of Object.values(points)) tensor.dispose();
    points = tensorsOf((message as NewPoints).points);
  });
  const report = async (step: number): Promise<void> => post({ step, ...(await look(model, points, grid)) });

  await report(0);
  let shown = performance.now();
  for (let step = 1; step <= options.steps && !signal.aborted; step++) {
    scope(() => {
      const loss = lossOf(model, points);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
    });
    if (step % STEPS !== 0 && step < options.steps) continue;
    await report(step);
    await sleep(shown + INTERVAL - performance.now());
    await context.whilePaused();
    shown = performance.now();
  }
});

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Positions [N, 2], and classes [N, 1] as floats. */
interface Points {
  readonly positions: Tensor;
  readonly labels: Tensor;
}

function tensorsOf(points: readonly Point[]): Points {
  return {
    positions: fromValues(Float32Array.from(points.flatMap(({ x, y }) => [x, y])), [points.length, 2]),
    labels: fromValues(
      Float32Array.from(points, ({ label }) => label),
      [points.length, 1],
    ),
  };
}

function lossOf(model: Module, { positions, labels }: Points): Tensor {
  return binaryCrossEntropyWithLogits(model.forward(positions), labels);
}

/** The field's places, from edge to edge: [FIELD * FIELD, 2]. */
function gridPoints(): Tensor {
  const at = (i: number): number => ((i / (FIELD - 1)) * 2 - 1) * EXTENT;
  const values = Float32Array.from({ length: FIELD * FIELD * 2 }, (_, i) => {
    const cell = i >> 1;
    return i % 2 === 0 ? at(cell % FIELD) : -at(Math.floor(cell / FIELD));
  });
  return fromValues(values, [FIELD * FIELD, 2]);
}

async function look(model: Module, points: Points, grid: Tensor): Promise<Omit<BoundaryMessage, 'step'>> {
  const [loss, right, field] = scope(() =>
    noGrad(() => [
      lossOf(model, points),
      model.forward(points.positions).gt(0).float().eq(points.labels).float().mean(),
      model.forward(grid).sigmoid(),
    ]),
  ) as [Tensor, Tensor, Tensor];
  const result = {
    loss: Number(await loss.item()),
    accuracy: Number(await right.item()),
    field: Float32Array.from(await field.data(), Number),
  };
  for (const tensor of [loss, right, field]) tensor.dispose();
  return result;
}
