import { ArgumentError, nodeModule } from '@gradus/storage';
import { fromValues, scope, type Tensor } from '@gradus/tensor';
import { assertSample, type Dataset } from '../datasets/dataset.ts';
import { type DecodedImage, decodeImage } from './decode.ts';

/** An image [C, H, W], bytes unless it was transformed, and the index of its class. */
export interface LabelledImage {
  readonly image: Tensor;
  readonly label: number;
}

export interface ImageFolderOptions {
  /** Default 'rgb'. */
  readonly mode?: 'gray' | 'rgb' | 'rgba';
  /** Applied to every image when it is read; the transforms of `@gradus/data/transforms` are made for this. */
  readonly transform?: (image: Tensor) => Tensor;
}

interface Entry {
  readonly path: string;
  readonly label: number;
}

/**
 * PNG and JPEG files in folders that are named after their classes: `root/cat/1.png`. Files are read when they are asked for. In Node,
 * with the npm packages `fast-png` and `jpeg-js`.
 *
 * @see https://pytorch.org/vision/stable/generated/torchvision.datasets.ImageFolder.html
 */
export class ImageFolder implements Dataset<LabelledImage> {
  /** The names of the classes in alphabetical order: a label is an index here. */
  readonly classes: readonly string[];
  readonly #entries: readonly Entry[];
  readonly #options: ImageFolderOptions;

  private constructor(classes: readonly string[], entries: readonly Entry[], options: ImageFolderOptions) {
    this.classes = classes;
    this.#entries = entries;
    this.#options = options;
  }

  /** Lists the files below a folder. Throws an ArgumentError where a class has none. */
  static async open(root: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
    const { readdir } = files();
    const { join } = nodeModule<typeof import('node:path')>('ImageFolder', 'node:path');
    const folders = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    const classes = folders.map(({ name }) => name).toSorted(compare);
    if (classes.length === 0) throw new ArgumentError(`ImageFolder: ${root} has no folders, one for each class`);
    const entries: Entry[] = [];
    for (const [label, name] of classes.entries()) {
      const files = await readdir(join(root, name), { recursive: true });
      const images = files.filter((file) => /\.(png|jpe?g)$/i.test(file)).toSorted(compare);
      if (images.length === 0) throw new ArgumentError(`ImageFolder: ${join(root, name)} has no PNG or JPEG file`);
      entries.push(...images.map((file) => ({ path: join(root, name, file), label })));
    }
    return new ImageFolder(classes, entries, options);
  }

  get length(): number {
    return this.#entries.length;
  }

  /** The path of an image. */
  path(index: number): string {
    assertSample(index, this.length);
    return (this.#entries[index] as Entry).path;
  }

  async get(index: number): Promise<LabelledImage> {
    const path = this.path(index);
    const decoded = await decodeImage(await files().readFile(path)).catch((error: unknown) => {
      throw new ArgumentError(`ImageFolder: ${path} can't be read`, { cause: error });
    });
    const { mode = 'rgb', transform } = this.#options;
    const image = scope(() => {
      const bytes = imageTensor(decoded, mode);
      return transform === undefined ? bytes : transform(bytes);
    });
    return { image, label: (this.#entries[index] as Entry).label };
  }
}

/** The pixels of a decoded image as bytes [C, H, W]. */
export function imageTensor(image: DecodedImage, mode: 'gray' | 'rgb' | 'rgba' = 'rgb'): Tensor {
  const { width, height, channels, pixels } = image;
  const count = { gray: 1, rgb: 3, rgba: 4 }[mode];
  const plane = width * height;
  const values = new Uint8Array(count * plane);
  for (let i = 0; i < plane; i++) {
    const at = i * channels;
    const color = channels < 3 ? [0, 0, 0] : [0, 1, 2];
    const [r, g, b] = color.map((channel) => pixels[at + channel] as number) as [number, number, number];
    if (mode === 'gray') values[i] = channels < 3 ? r : luma(r, g, b);
    else {
      values[i] = r;
      values[plane + i] = g;
      values[2 * plane + i] = b;
      if (mode === 'rgba') values[3 * plane + i] = channels % 2 === 0 ? (pixels[at + channels - 1] as number) : 255;
    }
  }
  return fromValues(values, [count, height, width], { dtype: 'uint8' });
}

function files(): typeof import('node:fs/promises') {
  return nodeModule('ImageFolder', 'node:fs/promises');
}

/** ITU-R 601, in fixed point. */
function luma(r: number, g: number, b: number): number {
  return (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
}

/** By code units: the same order on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
