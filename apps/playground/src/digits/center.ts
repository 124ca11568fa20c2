/** A picture of ink: one byte per pixel, 0 is paper. */
export interface Ink {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

/** Pixels of an image of MNIST, and of the box that its digit fits. */
const SIZE = 28;
const BOX = 20;

/** What there is ink on: the first and last columns and rows. */
function bounds({ width, height, values }: Ink): { left: number; right: number; top: number; bottom: number } | null {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (values[y * width + x] === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return right < 0 ? null : { left, right, top, bottom };
}

/**
 * A drawing as MNIST would have it: scaled to a box of 20 x 20 pixels, whose centre of mass lies in the middle of 28 x 28.
 * Null where nothing is drawn.
 *
 * @see http://yann.lecun.com/exdb/mnist/
 */
export function centerDigit(ink: Ink): Uint8Array | null {
  const box = bounds(ink);
  if (box === null) return null;
  const scale = BOX / Math.max(box.right - box.left + 1, box.bottom - box.top + 1);
  const [massX, massY] = centerOfMass(ink);
  const image = new Uint8Array(SIZE * SIZE);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const left = (x - SIZE / 2) / scale + massX;
      const top = (y - SIZE / 2) / scale + massY;
      image[y * SIZE + x] = mean(ink, left, top, 1 / scale);
    }
  }
  return image;
}

function centerOfMass({ width, values }: Ink): [x: number, y: number] {
  let [sum, x, y] = [0, 0, 0];
  values.forEach((value, i) => {
    sum += value;
    x += value * ((i % width) + 0.5);
    y += value * (Math.floor(i / width) + 0.5);
  });
  return [x / sum, y / sum];
}

/** The mean ink of a square, whose edges may lie within pixels. */
function mean({ width, height, values }: Ink, left: number, top: number, size: number): number {
  let sum = 0;
  for (let y = Math.max(Math.floor(top), 0); y < Math.min(top + size, height); y++) {
    const rows = Math.min(y + 1, top + size) - Math.max(y, top);
    for (let x = Math.max(Math.floor(left), 0); x < Math.min(left + size, width); x++) {
      sum += rows * (Math.min(x + 1, left + size) - Math.max(x, left)) * (values[y * width + x] as number);
    }
  }
  return Math.round(sum / (size * size));
}
