import type { Ref, VNode } from 'preact';
import { useEffect, useImperativeHandle, useRef } from 'preact/hooks';
import { centerDigit, type Ink } from './center.ts';

/** What a page can do to a pad. */
export interface Pad {
  clear(): void;
  /** Shows 28 x 28 bytes instead of a drawing. */
  show(image: Uint8Array): void;
}

interface DrawingPadProps {
  readonly pad: Ref<Pad>;
  /** What is drawn, as an image of MNIST; null when there is nothing. */
  readonly onDraw: (image: Uint8Array | null) => void;
}

/** Pixels of the canvas, and of the pen. */
const SIZE = 140;
const PEN = 11;

/** Milliseconds between two looks at a drawing in progress. */
const INTERVAL = 80;

/** Paper for one digit: by mouse, pen or finger. The colours are those of MNIST, whatever the theme. */
export function DrawingPad({ pad, onDraw }: DrawingPadProps): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(onDraw);
  latest.current = onDraw;
  useEffect(() => listen(canvas.current!, () => latest.current(centerDigit(inkOf(canvas.current!)))), []);
  useImperativeHandle(pad, () => ({
    clear() {
      contextOf(canvas.current!).clearRect(0, 0, SIZE, SIZE);
      latest.current(null);
    },
    show(image) {
      paint(contextOf(canvas.current!), image);
      latest.current(image);
    },
  }));
  return (
    <canvas
      ref={canvas}
      class="pad"
      width={SIZE}
      height={SIZE}
      role="img"
      aria-label="Paper to draw a digit on. Without a pointer, take a test digit instead."
    />
  );
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.strokeStyle = '#fff';
  context.lineWidth = PEN;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  return context;
}

/** Draws where pointers go; calls back while and when they do. */
function listen(canvas: HTMLCanvasElement, onInk: () => void): () => void {
  const context = contextOf(canvas);
  const listening = new AbortController();
  let last: [number, number] | null = null;
  let told = 0;
  const place = (event: PointerEvent): [number, number] => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * SIZE, ((event.clientY - top) / height) * SIZE];
  };
  const line = (event: PointerEvent): void => {
    if (last === null) return;
    const here = place(event);
    context.beginPath();
    context.moveTo(...last);
    context.lineTo(...here);
    context.stroke();
    last = here;
    if (performance.now() - told < INTERVAL) return;
    told = performance.now();
    onInk();
  };
  const begin = (event: PointerEvent): void => {
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    line(event);
  };
  const end = (): void => {
    if (last !== null) onInk();
    last = null;
  };
  const { signal } = listening;
  canvas.addEventListener('pointerdown', begin, { signal });
  canvas.addEventListener('pointermove', line, { signal });
  canvas.addEventListener('pointerup', end, { signal });
  canvas.addEventListener('pointercancel', end, { signal });
  return () => listening.abort();
}

function inkOf(canvas: HTMLCanvasElement): Ink {
  const { data } = contextOf(canvas).getImageData(0, 0, SIZE, SIZE);
  // Paper is transparent: the ink is in the alpha channel.
  const values = Uint8Array.from({ length: SIZE * SIZE }, (_, i) => data[4 * i + 3] as number);
  return { width: SIZE, height: SIZE, values };
}

function paint(context: CanvasRenderingContext2D, image: Uint8Array): void {
  const pixel = SIZE / 28;
  context.clearRect(0, 0, SIZE, SIZE);
  image.forEach((value, i) => {
    context.fillStyle = `rgb(255 255 255 / ${value / 255})`;
    context.fillRect((i % 28) * pixel, Math.floor(i / 28) * pixel, pixel, pixel);
  });
}
