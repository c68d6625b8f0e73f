/** Tables for people: aligned columns, a head, cut to the width of the terminal. */
import { stripVTControlCharacters } from 'node:util';
import type { Paint } from './paint';
import { shownInLine } from './shown';

export interface Column<Row> {
  head: string;
  of(row: Row): string | number | undefined;
  /** How the cell is coloured. */
  paint?(row: Row, text: string, paint: Paint): string;
  /** Numbers stand at the right. */
  right?: boolean;
}

const GAP = '  ';

/** `width`: of the terminal; undefined: as wide as it takes. */
export function tableText<Row>(columns: Column<Row>[], rows: Row[], paint: Paint, width?: number): string {
  const cells = rows.map((row) => columns.map((column) => shownInLine(String(column.of(row) ?? '–'))));
  const widths = columns.map(({ head }, at) => Math.max(widthOf(head), ...cells.map((row) => widthOf(row[at]))));
  const line = (texts: string[]): string => texts.join(GAP).trimEnd();
  const head = line(columns.map(({ head: text, right }, at) => padded(text, widths[at], right)));
  const body = rows.map((row, r) =>
    line(
      columns.map(({ right, paint: colour }, at) => {
        const room = at === columns.length - 1 && width !== undefined ? lastRoom(widths, width) : Infinity;
        const text = padded(cut(cells[r][at], room), Math.min(widths[at], room), right);
        return colour ? colour(row, text, paint) : text;
      }),
    ),
  );
  return [paint.head(cut(head, width ?? Infinity)), ...body].join('\n');
}

function lastRoom(widths: number[], width: number): number {
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0);
  return Math.max(8, width - before);
}

function padded(text: string, width: number, right = false): string {
  const fill = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? fill + text : text + fill;
}

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const char of text) {
    if (widthOf(kept + char) > width - 1) break;
    kept += char;
  }
  return `${kept}…`;
}

/** Columns on a terminal: characters of East Asia take two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of stripVTControlCharacters(text)) {
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
        char,
      )
        ? 2
        : 1;
  }
  return width;
}
