import { descendBowl, descents } from './bowl.ts';
import { firstGradient, recipes } from './depth.ts';
import { smallGradient } from './half.ts';
import { descendInNoise } from './noise.ts';
import { trainRecurrence } from './recurrence.ts';

// The numbers of docs/optimizers.md and docs/gradients.md.

function print(what: string, value: number): void {
  console.log(`  ${what.padEnd(42)}${value.toExponential(1)}`);
}

console.log('a bowl a thousand times steeper one way: the loss after 300 steps, from 500');
for (const [name, make] of Object.entries(descents)) print(name, await descendBowl(make));

console.log('gradients with noise: the loss after 400 steps');
print('constant learning rate', await descendInNoise(false));
print('cosine down to 0', await descendInNoise(true));

console.log('30 layers: the norm of the gradient of the first');
for (const [name, recipe] of Object.entries(recipes)) print(name, await firstGradient(recipe));

console.log('a recurrence over 30 steps: the loss after 300 updates');
print('as the gradient is', (await trainRecurrence(null)).at(-1) ?? NaN);
print('gradient clipped to a norm of 1', (await trainRecurrence(1)).at(-1) ?? NaN);

console.log('a gradient of 1e-8 that passes through float16');
print('as it is', await smallGradient(false));
print('with a GradScaler', await smallGradient(true));
