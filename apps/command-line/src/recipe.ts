import { ArgumentError } from '@gradus/gradus';
import type { Command } from 'commander';

/** Everything that decides the numbers of a run. */
export type RecipeOf<R> = { readonly [Name in keyof R]: string | number };

/** How the user wants to train: everything, and the part that the command line itself asks for. */
export interface Wish<R> {
  readonly recipe: R;
  readonly asked: Partial<R>;
}

/** The options of a command that are its recipe, once it is parsed. */
export function wishOf<R extends RecipeOf<R>>(command: Command, recipe: R): Wish<R> {
  const asked = Object.entries(recipe).filter(([name]) => command.getOptionValueSource(name) === 'cli');
  return { recipe, asked: Object.fromEntries(asked) as Partial<R> };
}

/**
 * The recipe that a checkpoint was begun with, for as many epochs as are asked for. Throws an ArgumentError for the
 * checkpoint of another program, and for a wish that contradicts it.
 */
export function recipeOf<R extends RecipeOf<R> & { readonly epochs: number }>(
  path: string,
  saved: Readonly<Record<string, unknown>>,
  { recipe: model, asked }: Wish<R>,
): R {
  const names = Object.keys(model) as (keyof R & string)[];
  if (names.some((name) => typeof saved[name] !== typeof model[name])) {
    throw new ArgumentError(`${path} is no checkpoint of this program`);
  }
  const recipe = Object.fromEntries(names.map((name) => [name, saved[name]])) as R;
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
