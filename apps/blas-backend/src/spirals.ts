import {
  Adam,
  binaryCrossEntropyWithLogits,
  cat,
  Linear,
  manualSeed,
  ones,
  rand,
  randn,
  Sequential,
  scope,
  stack,
  Tanh,
  type Tensor,
  zeros,
} from '@gradus/gradus';

export interface Outcome {
  /** Of every step. */
  readonly losses: readonly number[];
  /** Share of the points that are told apart in the end. */
  readonly accuracy: number;
}

/** Trains a network, on the backend in use, to tell two spirals apart that wind around each other. */
export async function trainSpirals(steps = 400): Promise<Outcome> {
  manualSeed(0);
  const { points, labels } = spirals(200);
  const model = new Sequential(new Linear(2, 64), new Tanh(), new Linear(64, 64), new Tanh(), new Linear(64, 1));
  const optimizer = new Adam(model.parameters(), { lr: 0.01 });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const loss = scope(() => {
      optimizer.zeroGrad();
      const loss = binaryCrossEntropyWithLogits(model.forward(points), labels);
      loss.backward();
      optimizer.step();
      return loss;
    });
    losses.push(await loss.item());
  }
  const right = scope(() => model.forward(points).gt(0).eq(labels).float().mean());
  return { losses, accuracy: await right.item() };
}

/** Points [2 count, 2] on two arms, and which arm each is on [2 count, 1]. */
function spirals(count: number): { readonly points: Tensor; readonly labels: Tensor } {
  const arm = (turn: number): Tensor => {
    const along = rand([count]).sqrt();
    const angle = along.mul(2.5 * Math.PI).add(turn);
    const points = stack([angle.cos().mul(along), angle.sin().mul(along)], { dim: 1 });
    return points.add(randn([count, 2]).mul(0.02));
  };
  return { points: cat([arm(0), arm(Math.PI)]), labels: cat([zeros([count, 1]), ones([count, 1])]) };
}
