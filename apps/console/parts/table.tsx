/** A table on a screen, and a card for each row on a phone: there each cell says the head of its column. */
import type { ReactNode } from 'react';

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ReactNode;
  /** Right-aligned, with figures of one width. */
  isNumber?: boolean;
  /** Left out on a phone. */
  isMinor?: boolean;
}

interface TableProps<Row> {
  label: string;
  rows: readonly Row[];
  columns: (Column<Row> | false)[];
  keyOf: (row: Row) => string;
  /** Columns of one width, so that those of several tables stand below each other. */
  isFixed?: boolean;
}

export function Table<Row>({ label, rows, columns, keyOf, isFixed }: TableProps<Row>) {
  const shown = columns.filter((column) => column !== false);
  const classOf = ({ isNumber, isMinor }: Column<Row>): string => `${isNumber ? 'n' : ''} ${isMinor ? 'minor' : ''}`;
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={label}>
      <table className={`rows ${isFixed ? 'fixed' : ''}`}>
        <thead>
          <tr>
            {shown.map((column, at) => (
              <th key={at} scope="col" className={classOf(column)}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {shown.map((column, at) => (
                <td key={at} data-head={column.head} className={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
