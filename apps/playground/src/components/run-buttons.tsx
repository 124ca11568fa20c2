import type { VNode } from 'preact';
import type { Status } from '../training/session.ts';

interface RunButtonsProps {
  readonly status: Status;
  readonly onStart: () => void;
  readonly onPause: () => void;
  readonly onResume: () => void;
  readonly onStop: () => void;
  readonly onReset: () => void;
}

/** Train, pause, stop, reset: all always there, so that the focus is never lost. */
export function RunButtons({ status, onStart, onPause, onResume, onStop, onReset }: RunButtonsProps): VNode {
  const isRunning = status === 'starting' || status === 'training' || status === 'paused';
  const [label, press] =
    status === 'paused' ? ['Resume', onResume] : isRunning ? ['Pause', onPause] : (['Train', onStart] as const);
  return (
    <div class="buttons">
      <button type="button" class="primary" onClick={press}>
        {label}
      </button>
      <button type="button" aria-disabled={!isRunning} onClick={isRunning ? onStop : undefined}>
        Stop
      </button>
      <button type="button" aria-disabled={status === 'idle'} onClick={status === 'idle' ? undefined : onReset}>
        Reset
      </button>
    </div>
  );
}
