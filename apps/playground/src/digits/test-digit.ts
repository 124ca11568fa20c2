import { type Digits, loadDigits } from './load-digits.ts';

export interface TestDigit {
  readonly image: Uint8Array;
  readonly label: number;
}

let loading: Promise<Digits> | null = null;

/** One of the test images of the site, which are loaded once. */
export async function randomTestDigit(site: string): Promise<TestDigit> {
  loading ??= loadDigits(site, 'test');
  const { images, labels } = await loading;
  const which = Math.floor(Math.random() * labels.values.length);
  const image = Uint8Array.from(images.values.subarray(which * 784, (which + 1) * 784) as Uint8Array);
  return { image, label: labels.values[which] as number };
}
