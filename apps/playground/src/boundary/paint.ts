import { isoline } from '../components/isoline.ts';
import { color } from '../theme.ts';
import type { Point } from './datasets.ts';
import { EXTENT, FIELD } from './protocol.ts';

/** Pixels of the canvas. */
export const SIZE = 640;

interface Scene {
  readonly points: readonly Point[];
  /** The probability of class 1; null before any training. */
  readonly field: Float32Array | null;
  readonly cross: readonly [x: number, y: number] | null;
}

type Rgb = readonly [number, number, number];

export function paintPlane(context: CanvasRenderingContext2D, { points, field, cross }: Scene): void {
  context.fillStyle = color('surface');
  context.fillRect(0, 0, SIZE, SIZE);
  if (field !== null) {
    context.imageSmoothingQuality = 'high';
    // The places at the edge are middles of pixels.
    context.drawImage(fieldImage(field), 0.5, 0.5, FIELD - 1, FIELD - 1, 0, 0, SIZE, SIZE);
    paintBoundary(context, field);
  }
  const fills = [color('class-0'), color('class-1')];
  context.strokeStyle = color('surface');
  context.lineWidth = 2.5;
  for (const { x, y, label } of points) {
    paintMark(context, pixel(x), pixel(-y), label);
    context.fillStyle = fills[label] as string;
    context.stroke();
    context.fill();
  }
  if (cross !== null) paintCross(context, pixel(cross[0]), pixel(-cross[1]));
}

const pixel = (value: number): number => ((value / EXTENT + 1) / 2) * SIZE;

/** Where both classes are equally likely. */
function paintBoundary(context: CanvasRenderingContext2D, values: Float32Array): void {
  const scale = SIZE / (FIELD - 1);
  context.save();
  context.scale(scale, scale);
  context.translate(-0.5, -0.5);
  context.strokeStyle = color('ink');
  context.lineWidth = 3 / scale;
  context.stroke(new Path2D(isoline({ width: FIELD, height: FIELD, values }, 0.5).line));
  context.restore();
}

/** Class 0 is round and class 1 a diamond: the colours aren't all that tells them apart. */
function paintMark(context: CanvasRenderingContext2D, x: number, y: number, label: 0 | 1): void {
  context.beginPath();
  if (label === 0) context.arc(x, y, 7, 0, 2 * Math.PI);
  else {
    context.moveTo(x, y - 9);
    context.lineTo(x + 9, y);
    context.lineTo(x, y + 9);
    context.lineTo(x - 9, y);
    context.closePath();
  }
}

function paintCross(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.strokeStyle = color('ink');
  context.lineWidth = 3;
  context.beginPath();
  context.moveTo(x - 18, y);
  context.lineTo(x + 18, y);
  context.moveTo(x, y - 18);
  context.lineTo(x, y + 18);
  context.stroke();
}

const numbersOf = (rgb: string): Rgb => (rgb.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number) as unknown as Rgb;

/** One pixel per cell: from the colour of one class over that of the surface to that of the other. */
function fieldImage(field: Float32Array): OffscreenCanvas {
  const [zero, middle, one] = ['field-0', 'surface', 'field-1'].map((name) => numbersOf(color(name))) as [
    Rgb,
    Rgb,
    Rgb,
  ];
  const image = new ImageData(FIELD, FIELD);
  field.forEach((probability, cell) => {
    const strength = Math.abs(2 * probability - 1);
    const side = probability < 0.5 ? zero : one;
    for (const channel of [0, 1, 2]) {
      const [from, to] = [middle[channel] as number, side[channel] as number];
      image.data[4 * cell + channel] = from + (to - from) * strength;
    }
    image.data[4 * cell + 3] = 255;
  });
  const canvas = new OffscreenCanvas(FIELD, FIELD);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}
