import { GradusError } from '@gradus/gradus';

/** Runs a program and exits with its code. What the user can mend is told in one line; anything else is a fault of ours. */
export async function runProgram(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof GradusError) && !isSystemError(error)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
}

/** What the file system says: a checkpoint that isn't there, a folder that can't be written. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
