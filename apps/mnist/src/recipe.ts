import { ArgumentError } from '@gradus/storage';

/** Everything that decides the numbers of a run. */
export interface Recipe {
  readonly model: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
  readonly samples: number;
}

const kinds: Readonly<Record<keyof Recipe, string>> = {
  model: 'string',
  epochs: 'number',
  batchSize: 'number',
  lr: 'number',
  seed: 'number',
  samples: 'number',
};

/**
 * The recipe that a checkpoint was begun with, for as many epochs as are asked for. Throws an ArgumentError for the
 * checkpoint of another program, and for a wish that contradicts it.
 */
export function recipeOf(path: string, saved: Readonly<Record<string, unknown>>, asked: Partial<Recipe>): Recipe {
  const names = Object.keys(kinds) as (keyof Recipe)[];
  if (names.some((name) => typeof saved[name] !== kinds[name])) {
    throw new ArgumentError(`${path} is no checkpoint of this program`);
  }
  const recipe = saved as unknown as Recipe;
  for (const name of names) {
    const wish = asked[name];
    if (name === 'epochs' || wish === undefined || wish === recipe[name]) continue;
    throw new ArgumentError(
      `--${kebabCase(name)} ${wish}: the checkpoint was begun with ${recipe[name]}, which can't change`,
    );
  }
  return { ...recipe, epochs: asked.epochs ?? recipe.epochs };
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
