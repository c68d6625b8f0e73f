/** Where a command writes: results to stdout, everything else to stderr, so that a pipe gets results alone. */
import { type Paint, paintFor, wantsColour } from './paint';
import { type Column, tableText } from './table';

export class Output {
  readonly paint: Paint = paintFor(wantsColour(process.stdout));
  /** Is a person looking at stdout? */
  readonly isTerminal = process.stdout.isTTY === true;

  constructor(readonly json: boolean) {}

  /** One JSON document for programs, or what people read. */
  answer(value: unknown, text: () => string): void {
    this.line(this.json ? JSON.stringify(value) : text());
  }

  table<Row>(value: unknown, columns: Column<Row>[], rows: Row[], empty: string): void {
    if (!this.json && rows.length === 0) return this.note(empty);
    this.answer(value, () => this.tableText(columns, rows));
  }

  tableText<Row>(columns: Column<Row>[], rows: Row[]): string {
    // Some terminals do not know their width, and say 0.
    const width = this.isTerminal && process.stdout.columns > 0 ? process.stdout.columns : undefined;
    return tableText(columns, rows, this.paint, width);
  }

  line(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** For people alone, on stderr. */
  note(text: string): void {
    if (!this.json) process.stderr.write(`${text}\n`);
  }
}
