import type { ReportModel, ReportRecord } from '../../record/report.js';
import type { Draw } from './chart.js';
import { html, trusted, type Html, type Piece } from './html.js';
import { seriesColor } from './palette.js';

/** A model with the colour that it has in all charts. */
export interface Shown {
  readonly model: ReportModel;
  readonly name: string;
  readonly color: string;
}

/** What sections draw from. */
export interface View {
  readonly record: ReportRecord;
  readonly models: readonly Shown[];
  readonly draw: Draw;
}

/** A part of the page with a heading. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** Makes a section, or nothing where the report has no data for it. */
export type MakeSection = (view: View) => Section | undefined;

export function viewOf(record: ReportRecord, draw: Draw): View {
  const { models } = record;
  const shown = models.map((model, i) => ({ model, name: model.name, color: seriesColor(i, models.length) }));
  return { record, models: shown, draw };
}

/** The sentence below a section's heading. */
export const lead = (words: Piece): Html => html`<p class="lead">${words}</p>`;

export const card = (content: Piece, title?: string): Html =>
  html`<div class="card">${title !== undefined && html`<h3>${title}</h3>`}${content}</div>`;

/** Names of series with their colours; nothing for one series, which needs no telling apart. */
export function legend(items: readonly { readonly name: Piece; readonly color: string }[]): Piece {
  if (items.length < 2) return undefined;
  return html`<ul class="legend">
    ${items.map(({ name, color }) => html`<li>${swatch(color)}<span>${name}</span></li>`)}
  </ul>`;
}

/** @param color a colour of the palette as CSS; never from a report. */
export const swatch = (color: string): Html =>
  trusted(`<span class="swatch" style="background:${color}"></span>`);

/** What belongs to each model apart, the last one open: what was made is looked at first. */
export function byModel(models: readonly Shown[], body: (shown: Shown) => Html | undefined): Piece {
  const parts = models.flatMap((shown) => {
    const content = body(shown);
    return content === undefined ? [] : [{ shown, content }];
  });
  if (parts.length === 1) return html`<div class="card long">${parts[0]?.content}</div>`;
  return parts.map(
    ({ shown, content }, i) =>
      html`<details class="card long model" ${trusted(i === parts.length - 1 ? 'open' : '')}>
        <summary>${shown.name}</summary>
        ${content}
      </details>`,
  );
}
