import { headlineOf } from '../../headline.js';
import { summaryRows, type SummaryCell, type SummaryRow } from '../../summary.js';
import { breakable, html, trusted, type Html } from '../html.js';
import { table, type Column } from '../table.js';
import { card, lead, swatch, type MakeSection, type View } from '../view.js';

/** What is seen first: what was found in a sentence, and the figures of most weight. */
export function hero(view: View): Html {
  const { record } = view;
  const { text, detail } = headlineOf(record);
  return html`<div class="hero">
    <h1>${record.title}</h1>
    <p class="headline">${text}</p>
    ${detail !== '' && html`<p class="detail">${detail}</p>`} ${tiles(view)}
  </div>`;
}

const TILES = 4;

/** Tiles of the first measures whose values say something; of many models the table tells. */
function tiles({ record, models }: View): Html | undefined {
  if (models.length > 2) return undefined;
  const rows = summaryRows(record).filter(
    ({ tile: wanted, cells }) => wanted === true && cells[models.length - 1] !== undefined,
  );
  return html`<dl class="tiles">${rows.slice(0, TILES).map((row) => tile(row, models.length))}</dl>`;
}

function tile({ label, cells }: SummaryRow, models: number): Html {
  const own = cells[models - 1];
  const before = models > 1 ? cells[0] : undefined;
  return html`<div class="tile">
    <dt>${label}</dt>
    <dd>
      <div class="value">${own?.text}</div>
      ${before && html`<div class="from">from ${before.text}</div>`} ${own && changeTag(own)}
    </dd>
  </div>`;
}

/** A change as a coloured tag. */
function changeTag({ change, tone = 'same' }: SummaryCell): Html | undefined {
  return change === undefined ? undefined : html`<span class="tag ${trusted(tone)}">${change}</span>`;
}

/** A change with its interval below. */
function changeCell(cell: SummaryCell | undefined): Html | undefined {
  if (cell === undefined) return undefined;
  return html`${changeTag(cell)}${cell.interval !== undefined && html`<span class="hint">${cell.interval}</span>`}`;
}

/** All measures of all models in a table. */
export const summarySection: MakeSection = ({ record, models }) => {
  const columns: Column<SummaryRow>[] = [
    {
      label: 'Measure',
      cell: ({ label, hint }) => html`${label}${hint && html`<span class="hint">${hint}</span>`}`,
    },
    ...models.map(({ name, color }, i): Column<SummaryRow> => ({
      label:
        models.length > 1
          ? html`<span class="series">${swatch(color)}<span>${breakable(name)}</span></span>`
          : breakable(name),
      right: true,
      cell: ({ cells }) => modelCell(cells[i], models.length),
    })),
  ];
  if (models.length === 2) {
    columns.push({ label: 'Change', right: true, desk: true, cell: ({ cells }) => changeCell(cells[1]) });
  }
  const body = table({
    label: 'Summary of all measures',
    columns,
    rows: summaryRows(record),
    compact: models.length === 2,
  });
  return { id: 'summary', title: 'Summary', body: html`${leadOf(models.length)}${card(body)}` };
};

function leadOf(models: number): Html | undefined {
  if (models === 1) return undefined;
  return lead(
    'Small ranges are 95 % confidence intervals. A change of speed counts only where its interval leaves 1× out.',
  );
}

/** The change of one of many stands below its value; of a pair it has a column, where there is room. */
function modelCell(cell: SummaryCell | undefined, models: number): Html {
  if (cell === undefined) return html`<span class="quiet" aria-label="not measured">–</span>`;
  if (cell.change === undefined) return html`${cell.text}`;
  return html`${cell.text}<span class="change ${trusted(models === 2 ? 'phone' : '')}"
      >${changeCell(cell)}</span
    >`;
}
