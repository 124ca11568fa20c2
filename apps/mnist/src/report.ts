import type { Mnist } from '@gradus/data/sets';
import plot from 'simple-ascii-chart';

/** What was predicted for every test image, beside what it is. */
export interface Predictions {
  readonly predicted: ArrayLike<number>;
  readonly actual: ArrayLike<number>;
}

/** Everything that is said of a trained model. */
export async function report(
  test: Mnist,
  predictions: Predictions,
  losses: readonly number[],
  epochs: number,
): Promise<string> {
  const sections = [
    `Confusion matrix (rows: digit, columns: prediction)\n${confusionMatrix(predictions)}`,
    `Training loss\n${lossCurve(losses, epochs)}`,
    `Some test images and their predictions\n${await drawDigits(test, predictions, interesting(predictions))}`,
    `test accuracy ${(100 * accuracyOf(predictions)).toFixed(2)} %`,
  ];
  return sections.join('\n\n');
}

/** The first two images, and the first two mistakes. */
function interesting({ predicted, actual }: Predictions): number[] {
  const mistakes = Array.from(actual, (_, i) => i).filter((i) => predicted[i] !== actual[i]);
  return [...new Set([0, 1, ...mistakes.slice(0, 2)])];
}

function accuracyOf({ predicted, actual }: Predictions): number {
  let right = 0;
  for (let i = 0; i < actual.length; i++) if (predicted[i] === actual[i]) right++;
  return right / actual.length;
}

/** Rows: the digit; columns: the prediction. */
export function confusionMatrix({ predicted, actual }: Predictions): string {
  const counts = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  for (let i = 0; i < actual.length; i++) {
    const row = counts[actual[i] as number] as number[];
    row[predicted[i] as number] = (row[predicted[i] as number] as number) + 1;
  }
  const line = (head: string, cells: readonly (number | string)[]): string =>
    head + cells.map((cell) => String(cell).padStart(6)).join('');
  const header = line(
    'digit',
    Array.from({ length: 10 }, (_, digit) => `-> ${digit}`),
  );
  const rows = counts.map((row, digit) =>
    line(
      String(digit).padStart(5),
      row.map((n) => (n === 0 ? '.' : n)),
    ),
  );
  return [header, ...rows].join('\n');
}

/** The losses of all steps, averaged into as many points as fit a terminal, over epochs. */
export function lossCurve(losses: readonly number[], epochs: number, width = 72): string {
  const points = Math.min(width, losses.length);
  const curve = Array.from({ length: points }, (_, i): [number, number] => {
    const [start, end] = [i, i + 1].map((k) => Math.floor((k * losses.length) / points)) as [number, number];
    const part = losses.slice(start, end);
    return [(end / losses.length) * epochs, part.reduce((sum, loss) => sum + loss, 0) / part.length];
  }).filter(([, loss]) => Number.isFinite(loss));
  if (curve.length < 2) return 'no curve: too few finite losses';
  const top = Math.max(...curve.map(([, loss]) => loss));
  return plot(curve, {
    width,
    height: 12,
    yRange: [0, top],
    customYAxisTicks: [0, 1, 2, 3, 4].map((quarter) => (top * quarter) / 4),
    customXAxisTicks: wholeTicks(epochs),
    formatter: (value, { axis }) => (axis === 'x' ? String(Math.round(value)) : value.toFixed(2)),
    xLabel: 'epoch',
  });
}

/** At most eight whole numbers up to `last`, evenly spaced. */
function wholeTicks(last: number): number[] {
  const spacing = Math.ceil(last / 8);
  return Array.from({ length: Math.floor(last / spacing) }, (_, i) => (i + 1) * spacing);
}

const SHADES = ' .:-=+*#%@';

/** Mnist side by side as text, with the prediction below each; two rows of pixels make a line. */
async function drawDigits(
  digits: Mnist,
  { predicted, actual }: Predictions,
  which: readonly number[],
): Promise<string> {
  const images = await Promise.all(which.map((i) => digits.fields.image.select(0, i).data()));
  const lines = Array.from({ length: 14 }, (_, line) => images.map((image) => drawLine(image, line)).join('  '));
  const captions = which.map((i) => {
    const mark = predicted[i] === actual[i] ? '' : ` (is ${actual[i]})`;
    return `${predicted[i]}${mark}`.padStart(16).padEnd(28);
  });
  return [...lines, captions.join('  ')].join('\n');
}

function drawLine(image: ArrayLike<number>, line: number): string {
  return Array.from({ length: 28 }, (_, column) => {
    const at = line * 56 + column;
    const brightness = ((image[at] as number) + (image[at + 28] as number)) / 510;
    return SHADES[Math.min(Math.floor(brightness * SHADES.length), SHADES.length - 1)];
  }).join('');
}
