import type { Callback, Measurements, Progress } from '../callback.ts';
import { AppendFile } from './append-file.ts';

export interface CsvLogOptions {
  /** What makes a row: default 'epoch'. */
  readonly rows?: 'step' | 'epoch';
}

type Row = Readonly<Record<string, number>>;

/**
 * Writes a table: of epochs, with the columns `epoch`, `loss`, `validation_loss` and so on; or of steps, with `epoch`, `step`, `loss`
 * and what else is measured in a step. Where a row has no number, it has an empty field. In Node.
 */
export class CsvLog<Batch> implements Callback<Batch> {
  readonly #path: string;
  readonly #kind: 'step' | 'epoch';
  readonly #rows: Row[] = [];
  #columns: readonly string[] = [];
  #file: AppendFile | null = null;

  /** A file that is there already is replaced when training begins. */
  constructor(path: string, { rows = 'epoch' }: CsvLogOptions = {}) {
    this.#path = path;
    this.#kind = rows;
  }

  onTrainBegin(): void {
    this.#file ??= new AppendFile(this.#path);
  }

  onStepEnd({ epoch, step }: Progress, _: Measurements, measured: Measurements): void {
    if (this.#kind === 'step') this.#add({ epoch, step, ...measured });
  }

  onEpochEnd({ epoch }: Progress, training: Measurements, validation: Measurements | null): void {
    if (this.#kind !== 'epoch') return;
    const validated = Object.entries(validation ?? {}).map(([name, value]) => [`validation_${name}`, value]);
    this.#add({ epoch, ...training, ...Object.fromEntries(validated) });
  }

  async onTrainEnd(): Promise<void> {
    await this.#file?.flush();
  }

  /** A row with a new column makes the whole table anew: its header is above all rows. */
  #add(row: Row): void {
    this.#rows.push(row);
    const columns = [...new Set([...this.#columns, ...Object.keys(row)])];
    const isWider = columns.length > this.#columns.length;
    this.#columns = columns;
    if (!isWider) return void this.#file?.append(this.#line(row));
    const lines = this.#rows.map((each) => this.#line(each));
    void this.#file?.replace(`${columns.map(quoted).join(',')}\n${lines.join('')}`);
  }

  #line(row: Row): string {
    return `${this.#columns.map((name) => row[name] ?? '').join(',')}\n`;
  }
}

/** RFC 4180. */
function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
