import { Adam, type AnyOptimizer, Parameter, RMSprop, SGD, scope, tensor } from '@gradus/gradus';

/** How each optimizer of a bowl that is a thousand times steeper one way than the other is made. */
export const descents = {
  'SGD, lr 0.0019': (x: Parameter): AnyOptimizer => new SGD([x], { lr: 0.0019 }),
  'SGD, lr 0.0021': (x: Parameter): AnyOptimizer => new SGD([x], { lr: 0.0021 }),
  'SGD, lr 0.0019, momentum 0.9': (x: Parameter): AnyOptimizer => new SGD([x], { lr: 0.0019, momentum: 0.9 }),
  'RMSprop, lr 0.01': (x: Parameter): AnyOptimizer => new RMSprop([x], { lr: 0.01 }),
  'Adam, lr 0.1': (x: Parameter): AnyOptimizer => new Adam([x], { lr: 0.1 }),
} as const;

/** The loss (x^2 + 1000 y^2) / 2 after some steps from (1, 1). */
export async function descendBowl(make: (x: Parameter) => AnyOptimizer, steps = 300): Promise<number> {
  const position = new Parameter(tensor([1, 1]));
  const steepness = tensor([1, 1000]);
  const optimizer = make(position);
  const evaluate = () => position.square().mul(steepness).sum().div(2);
  for (let i = 0; i < steps; i++) {
    scope(() => {
      optimizer.zeroGrad();
      evaluate().backward();
      optimizer.step();
    });
  }
  return evaluate().item();
}
