import { ArgumentError } from '@gradus/storage';
import { Tensor } from '@gradus/tensor';
import { AppendFile } from '../logs/append-file.ts';
import { encodeEvent, encodeVersion, type Value } from './event.ts';
import { histogramOf } from './histogram.ts';
import { pngOf } from './image.ts';
import { frame } from './record.ts';

/** Takes the bytes of an event file, in order. */
export interface EventSink {
  append(bytes: Uint8Array): Promise<void>;
  flush(): Promise<void>;
}

/**
 * Writes event files that TensorBoard shows: `tensorboard --logdir FOLDER`.
 *
 * ```ts
 * const writer = new SummaryWriter('runs/first')
 * writer.addScalar('loss/train', 0.25, step)
 * await writer.addHistogram('weight', model.weight, step)
 * await writer.flush()
 * ```
 *
 * @see https://pytorch.org/docs/stable/tensorboard.html
 */
export class SummaryWriter {
  readonly #sink: EventSink;

  /** A folder, where a new file is begun; or a sink of one's own. */
  constructor(target: string | EventSink) {
    this.#sink = typeof target === 'string' ? new AppendFile(`${target}/${fileName()}`) : target;
    this.#append(encodeVersion(now()));
  }

  addScalar(tag: string, value: number, step: number): void {
    this.#add(tag, step, { scalar: value });
  }

  /** The distribution of all values of a tensor, or of numbers. */
  async addHistogram(tag: string, values: Tensor | Iterable<number>, step: number): Promise<void> {
    const numbers = values instanceof Tensor ? ((await values.data()) as Iterable<number>) : values;
    this.#add(tag, step, { histogram: histogramOf(numbers) });
  }

  /** An image [C, H, W] of 1 to 4 channels: floats in [0, 1], or bytes. Needs the npm package `fast-png`. */
  async addImage(tag: string, image: Tensor, step: number): Promise<void> {
    this.#add(tag, step, { image: await pngOf(image) });
  }

  /** Text, which TensorBoard shows as Markdown. */
  addText(tag: string, text: string, step: number): void {
    this.#add(`${tag}/text_summary`, step, { text });
  }

  /** Waits until everything is written. */
  async flush(): Promise<void> {
    await this.#sink.flush();
  }

  #add(tag: string, step: number, value: Value): void {
    if (!Number.isSafeInteger(step)) throw new ArgumentError(`SummaryWriter: the step must be an integer, got ${step}`);
    this.#append(encodeEvent(now(), step, tag, value));
  }

  #append(event: Uint8Array): void {
    void this.#sink.append(frame(event));
  }
}

function fileName(): string {
  // The time, which sorts the files of a folder, and something that tells them apart.
  return `events.out.tfevents.${Math.floor(now())}.${crypto.randomUUID()}`;
}

/** Seconds since 1970. */
function now(): number {
  return Date.now() / 1000;
}
