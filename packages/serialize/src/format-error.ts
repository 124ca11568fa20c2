import { GradusError } from '@gradus/storage';

/** A file that is not what it says it is, or that asks for more than the reader's limits allow. */
export class FormatError extends GradusError {
  override readonly name: string = 'FormatError';

  /** The same complaint, with the file's name in front. */
  within(file: string): FormatError {
    return new FormatError(`${file}: ${this.message}`, { cause: this });
  }
}

/** Runs a reader; whatever an npm library throws at a broken file becomes a FormatError. */
export function asFormatError<T>(format: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof GradusError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(`${format}: the file is damaged (${reason})`, { cause });
  }
}
