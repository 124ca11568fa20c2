import { adam, type Fit, gradientAtThree, gradientDescent } from './programs.ts';

function print(how: string, { theta, losses }: Fit): void {
  console.log(
    `y = 2x ${how}: theta goes from 1 to ${theta.toFixed(6)}, the loss from ${losses[0]} to ${losses.at(-1)}`,
  );
}

console.log(`f(x) = x * x + 2x + 1: the gradient at 3 is ${await gradientAtThree()}`);
print('by gradient descent', await gradientDescent());
print('by Adam', await adam());
