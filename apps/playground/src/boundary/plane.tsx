import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { onThemeChange } from '../theme.ts';
import type { Point } from './datasets.ts';
import { paintPlane, SIZE } from './paint.ts';
import { EXTENT } from './protocol.ts';

interface PlaneProps {
  readonly points: readonly Point[];
  readonly field: Float32Array | null;
  /** The class of the points that the visitor sets. */
  readonly label: 0 | 1;
  readonly onPoint: (point: Point) => void;
}

/** How far an arrow key moves the cross. */
const STEP = 0.05;

const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, STEP],
  ArrowDown: [0, -STEP],
};

const inside = (value: number): number => Math.min(Math.max(value, -1), 1);

/** The points, on what the network makes of the plane. A click sets a point; so do arrow keys and Enter. */
export function Plane({ points, field, label, onPoint }: PlaneProps): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cross, setCross] = useState<readonly [number, number] | null>(null);
  const paint = useRef(() => {});
  paint.current = () => paintPlane(canvas.current!.getContext('2d')!, { points, field, cross });
  useEffect(() => paint.current(), [points, field, cross]);
  useEffect(() => onThemeChange(() => paint.current()), []);

  const [crossX, crossY] = cross ?? [0, 0];
  const click = (event: MouseEvent): void => {
    // A key pressed the button: the pointer is nowhere.
    if (event.detail === 0) return onPoint({ x: crossX, y: crossY, label });
    const { left, top, width, height } = canvas.current!.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * 2 - 1;
    const y = 1 - ((event.clientY - top) / height) * 2;
    onPoint({ x: x * EXTENT, y: y * EXTENT, label });
  };
  const press = (event: KeyboardEvent): void => {
    const move = moves[event.key];
    if (move === undefined) return;
    setCross([inside(crossX + move[0]), inside(crossY + move[1])]);
    event.preventDefault();
  };
  const place = cross === null ? '' : `Cross at ${cross[0].toFixed(2)}, ${cross[1].toFixed(2)}.`;
  return (
    <>
      <button
        type="button"
        class="plane"
        aria-label="Plane of points. Arrow keys move a cross, Enter sets a point there."
        onClick={click}
        onKeyDown={press}
        onFocus={(event) => event.currentTarget.matches(':focus-visible') && setCross(cross ?? [0, 0])}
        onBlur={() => setCross(null)}
      >
        <canvas ref={canvas} width={SIZE} height={SIZE} />
      </button>
      <p class="hidden" role="status">
        {place}
      </p>
    </>
  );
}
