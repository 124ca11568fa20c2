import { GradusError } from '@gradus/storage';

/** A file that is not what it says it is. */
export class FormatError extends GradusError {
  override readonly name: string = 'FormatError';
}
