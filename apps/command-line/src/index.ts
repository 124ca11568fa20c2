export { backendOption } from './backend-option.ts';
export { interruptSignal } from './interrupt.ts';
export { positive, wholeNumber } from './number-options.ts';
export { assertWritable, fromUser, toUser } from './paths.ts';
export { recipeOf, type Wish, wishOf } from './recipe.ts';
export { runProgram } from './run-program.ts';
