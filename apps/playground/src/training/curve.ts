/** Points beyond which a curve halves its resolution: more than the pixels of a chart. */
const CAPACITY = 1024;

/**
 * A curve that grows without end in bounded space: when it is full, neighbours become one, their mean, and from then on twice
 * as many values make a point.
 */
export class Curve {
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  #perPoint = 1;
  #sum = 0;
  #count = 0;

  /** Points must come in the order of `x`. */
  add(x: number, y: number): void {
    this.#sum += y;
    this.#count++;
    if (this.#count < this.#perPoint) return;
    this.#x.push(x);
    this.#y.push(this.#sum / this.#count);
    this.#sum = 0;
    this.#count = 0;
    if (this.#x.length >= CAPACITY) this.#halve();
  }

  get x(): readonly number[] {
    return this.#x;
  }

  get y(): readonly number[] {
    return this.#y;
  }

  /** The mean of the last points. */
  recent(points = 10): number {
    const last = this.#y.slice(-points);
    return last.reduce((sum, y) => sum + y, 0) / last.length;
  }

  #halve(): void {
    for (let i = 0; i < CAPACITY / 2; i++) {
      this.#x[i] = this.#x[2 * i + 1] as number;
      this.#y[i] = ((this.#y[2 * i] as number) + (this.#y[2 * i + 1] as number)) / 2;
    }
    this.#x.length = CAPACITY / 2;
    this.#y.length = CAPACITY / 2;
    this.#perPoint *= 2;
  }
}
