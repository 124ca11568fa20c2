import { useEffect, useState } from 'preact/hooks';

/** What a component shows, while it changes. */
interface Live {
  onChange: () => void;
  /** Called when the component goes. */
  dispose(): void;
}

/** Something for as long as the component lives; when it changes, the component is drawn again, at most once per frame. */
export function useLive<T extends Live>(create: () => T): T {
  const [live] = useState(create);
  const [, redraw] = useState(0);
  useEffect(() => {
    let frame = 0;
    live.onChange = () => {
      if (frame !== 0) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        redraw((count) => count + 1);
      });
    };
    return () => {
      cancelAnimationFrame(frame);
      live.onChange = () => {};
      live.dispose();
    };
  }, [live]);
  return live;
}
