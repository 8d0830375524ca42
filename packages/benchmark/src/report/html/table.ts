import { html, trusted, type Html, type Piece } from './html.js';

/** One column of a table. */
export interface Column<T> {
  readonly label: Piece;
  readonly cell: (row: T) => Piece;
  /** Numbers stand right. */
  readonly right?: boolean;
  /** Left out on phones. */
  readonly desk?: boolean;
  /** What the column is sorted by; columns without it cannot be sorted. */
  readonly sort?: (row: T) => number | string | undefined;
  /** Share from 0 to 1 that a bar below the number shows. */
  readonly bar?: (row: T) => number | undefined;
}

/** A table; the first column names the row. */
export interface Table<T> {
  /** What the table holds, for those who do not see where it stands. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  /** Long tables scroll in a box of their own, below their heading. */
  readonly tall?: boolean;
  /** On phones hints are left out, so that all columns fit. */
  readonly compact?: boolean;
  /** A field that searches the rows; `noun` is what the rows are, in the plural. */
  readonly filter?: { readonly noun: string };
}

/**
 * A table in a box that scrolls sideways, so that the page never does. Columns that can be sorted and
 * fields that search come to life by the page's script; without it the table is as readable.
 */
export function table<T>({ label, columns, rows, filter, tall, compact }: Table<T>): Html {
  const classes = `scroll stick${tall === true ? ' tall' : ''}${compact === true ? ' compact' : ''}`;
  const sortable = columns.some(({ sort }) => sort !== undefined);
  return html`${filter && searchField(label, filter.noun, rows.length)}
    <div class="${classes}" role="region" aria-label="${label}" tabindex="0">
      <table ${trusted(sortable ? 'data-sortable' : '')}>
        <thead>
          <tr>
            ${columns.map(
              (column) =>
                html`<th scope="col" class="${classesOf(column)}" ${trusted(column.sort ? 'data-sorts' : '')}>
                  ${column.label}
                </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${columns.map((column, i) => cell(column, row, i === 0))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function cell<T>(column: Column<T>, row: T, isName: boolean): Html {
  const { cell: show, sort, bar } = column;
  const key = sort && html` data-key="${sort(row) ?? ''}"`;
  if (isName) return html`<th scope="row" class="name" ${key}><span>${show(row)}</span></th>`;
  const part = bar?.(row);
  // Less than a hundredth would be a dot.
  const drawn = part !== undefined && part >= 0.01;
  const classes = classesOf(column, drawn ? 'bar' : '');
  const style = drawn && html` style="--part:${Math.min(1, part).toFixed(3)}"`;
  return html`<td class="${classes}" ${key}${style}>${show(row)}</td>`;
}

function classesOf<T>({ right = false, desk = false }: Column<T>, more = ''): string {
  return [right ? 'num' : '', desk ? 'desk' : '', more].filter(Boolean).join(' ');
}

function searchField(label: string, noun: string, total: number): Html {
  return html`<div class="filter" data-noun="${noun}" hidden>
    <label
      >Filter ${noun}
      <input type="search" autocomplete="off" spellcheck="false" aria-label="Filter: ${label}"
    /></label>
    <output aria-live="polite">${total} ${noun}</output>
  </div>`;
}
