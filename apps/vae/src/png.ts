import { functional, scope, type Tensor } from '@gradus/gradus';
import { encode } from 'fast-png';

const SIDE = 28;
/** Pixels between images, and their brightness. */
const GAP = 2;
const GREY = 0.35;

/** Images [rows, columns, 784] with pixels from 0 (black) to 1 (white), side by side as a PNG file. */
export async function encodeGrid(images: Tensor): Promise<Uint8Array> {
  const bytes = scope(() => {
    const [rows, columns] = images.shape as readonly [number, number];
    const framed = functional.pad(images.reshape([rows, columns, SIDE, SIDE]), [0, GAP, 0, GAP], { value: GREY });
    const grid = framed.transpose(1, 2).reshape([rows * (SIDE + GAP), columns * (SIDE + GAP)]);
    return functional.pad(grid, [GAP, 0, GAP, 0], { value: GREY }).mul(255).round().to('uint8');
  });
  const [height, width] = bytes.shape as readonly [number, number];
  const data = (await bytes.data()) as Uint8Array;
  bytes.dispose();
  return encode({ width, height, data, channels: 1, depth: 8 });
}
