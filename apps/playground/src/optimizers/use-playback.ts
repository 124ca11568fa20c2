import { useEffect, useState } from 'preact/hooks';

/** Milliseconds from the first step to the last. */
const DURATION = 6000;

export interface Playback {
  readonly step: number;
  readonly isPlaying: boolean;
  readonly toggle: () => void;
  readonly seek: (step: number) => void;
}

/** Steps from 0 to `steps` as time goes by. It begins by itself, unless the visitor wants little motion. */
export function usePlayback(steps: number): Playback {
  const [isCalm] = useState(() => matchMedia('(prefers-reduced-motion: reduce)').matches);
  const [step, setStep] = useState(isCalm ? steps : 0);
  const [isPlaying, setPlaying] = useState(!isCalm);
  useEffect(() => {
    if (!isPlaying) return;
    let frame = 0;
    const started = performance.now() - (step / steps) * DURATION;
    const advance = (now: number): void => {
      const next = Math.min(Math.max(Math.round(((now - started) / DURATION) * steps), 0), steps);
      setStep(next);
      if (next < steps) frame = requestAnimationFrame(advance);
      else setPlaying(false);
    };
    frame = requestAnimationFrame(advance);
    return () => cancelAnimationFrame(frame);
  }, [isPlaying]);
  return {
    step,
    isPlaying,
    toggle: () => {
      if (!isPlaying && step === steps) setStep(0);
      setPlaying(!isPlaying);
    },
    seek: (to) => {
      setPlaying(false);
      setStep(to);
    },
  };
}
