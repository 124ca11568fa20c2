import type { DigitsRun } from './run.ts';

/** Where a training stands, in words; they change once per epoch, so that a screen reader can say them. */
export function statusOf({ session, epoch, epochs, parameters, testAccuracy }: DigitsRun): string {
  const result = testAccuracy === null ? '' : ` Test accuracy ${(100 * testAccuracy).toFixed(1)} %.`;
  switch (session.status) {
    case 'idle':
      return 'Ready.';
    case 'starting':
      return 'Loading digits …';
    case 'training':
      return `Epoch ${Math.max(epoch, 1)} of ${epochs}, ${parameters?.toLocaleString('en') ?? ''} parameters.${result}`;
    case 'paused':
      return 'Paused.';
    case 'stopped':
      return `Stopped.${result}`;
    case 'done':
      return `Done.${result}`;
    case 'failed':
      return `It failed: ${session.error}`;
  }
}
