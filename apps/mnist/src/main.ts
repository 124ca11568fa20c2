import { registry, use } from '@gradus/backend';
import { GradusError } from '@gradus/storage';
import { interruptSignal } from './interrupt.ts';
import { type Options, parseOptions, toUser } from './options.ts';
import { report } from './report.ts';
import { predict, train } from './train.ts';

registry.register('cpu', () => import('@gradus/backend-cpu'));
registry.register('wasm', () => import('@gradus/backend-wasm'));

try {
  process.exitCode = await main(parseOptions(registry.names, process.argv.slice(2)), interruptSignal());
} catch (error) {
  if (!(error instanceof GradusError) && !isSystemError(error)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}

/** Trains and reports; resolves to the exit code. */
async function main(options: Options, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  await use(options.backend);
  const { model, test, epochs, losses, interrupted } = await train(options, signal);
  const checkpoint = toUser(options.checkpoint);
  if (interrupted) {
    console.log(`\nstopped; go on with: npm start -- --resume ${checkpoint}`);
    return 130;
  }
  console.log(`\n${await report(test, await predict(model, test), losses, epochs)}`);
  console.log(`after ${((performance.now() - started) / 1000).toFixed(1)} s\ncheckpoint ${checkpoint}`);
  return 0;
}

/** What the file system says: a checkpoint that isn't there, a folder that can't be written. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
