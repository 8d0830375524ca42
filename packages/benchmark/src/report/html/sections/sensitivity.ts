import type { LayerSensitivityRecord, SensitivityRecord } from '../../../record/sensitivity.js';
import { decibels, drop, exact, plain } from '../../format.js';
import { barRows, barRowsHeight, type BarRow } from '../bars.js';
import { breakable, html, type Html, type Piece } from '../html.js';
import { table, type Column } from '../table.js';
import { byModel, lead, type MakeSection, type Shown, type View } from '../view.js';

interface Judged extends Shown {
  readonly sensitivity: SensitivityRecord;
}

/** What quantizing each layer alone does to the outputs. */
export const sensitivitySection: MakeSection = (view) => {
  const judged = view.models.flatMap((shown): Judged[] =>
    shown.model.sensitivity === undefined ? [] : [{ ...shown, sensitivity: shown.model.sensitivity }],
  );
  if (judged.length === 0) return undefined;
  const body = html`${lead(html`${howMeasured(judged)} Bars tell how far the outputs stand above the noise that this makes in them: the shorter, the worse. At 0 dB noise is as strong as they are; 6 dB more halve it. Layers that suffer most come first: leave those in float.`)}
  ${byModel(judged, (shown) => chartOf(view, shown))}`;
  return { id: 'sensitivity', title: 'Sensitivity to quantization', body };
};

/** The same sentence of all models is said once. */
function howMeasured(judged: readonly Judged[]): Piece {
  const texts = [...new Set(judged.map(measuredText))];
  if (texts.length === 1) return texts[0];
  return judged.map((each) => html`${each.name}: ${measuredText(each)}<br />`);
}

function measuredText({ sensitivity: { bits, examples, score } }: Judged): string {
  const falls = score === undefined ? '' : `; drops are of a score of ${plain(score)}`;
  return `Each layer was held in ${exact(bits)} bits alone, on ${exact(examples)} examples${falls}.`;
}

/** Layers that have a bar; all of them are among the numbers. */
const MOST_LAYERS = 20;

function chartOf({ draw }: View, shown: Shown): Html | undefined {
  const layers = shown.model.sensitivity?.layers;
  if (layers === undefined) return undefined;
  const rows = rowsOf(layers, shown.color);
  return draw({
    label: `Signal to noise by layer of ${shown.name}, worst first. ${rows.map(describe).join(' ')}`,
    height: (narrow) => barRowsHeight(rows, narrow),
    option: (room) => barRows(rows, room),
    caption:
      rows.length < layers.length ? `The ${rows.length} worst of ${exact(layers.length)} layers.` : undefined,
    numbers: numbers(shown.name, layers),
  });
}

function describe({ name, bars }: BarRow): string {
  return `${name}: ${bars.map(({ text }) => text).join(', ')}.`;
}

function rowsOf(layers: readonly LayerSensitivityRecord[], color: string): BarRow[] {
  const worst = layers.slice(0, MOST_LAYERS);
  // What makes no noise is as far above it as bars reach.
  const most = Math.max(1, ...worst.map(({ sqnr }) => sqnr ?? 0));
  return worst.map(({ layer, sqnr, drop: fall }) => ({
    name: layer,
    bars: [{ value: sqnr ?? most, color, text: besides(decibels(sqnr), fall) }],
  }));
}

function besides(noise: string, fall: number | undefined): string {
  if (fall === undefined) return noise;
  if (fall === 0) return `${noise}, no drop`;
  return `${noise}, ${fall > 0 ? 'drop' : 'rise'} ${drop(Math.abs(fall))}`;
}

function numbers(model: string, layers: readonly LayerSensitivityRecord[]): Html {
  const scored = layers.some((each) => each.drop !== undefined);
  const falls: Column<LayerSensitivityRecord> = {
    label: 'Drop',
    right: true,
    cell: (each) => (each.drop === undefined ? '–' : drop(each.drop)),
  };
  return table<LayerSensitivityRecord>({
    label: `Sensitivity of layers of ${model}`,
    tall: true,
    compact: true,
    columns: [
      { label: 'Layer', cell: ({ layer, op }) => html`${breakable(layer)}<span class="hint">${op}</span>` },
      { label: 'Signal to noise', right: true, cell: ({ sqnr }) => decibels(sqnr) },
      { label: 'Cosine', right: true, cell: ({ cosine }) => cosine?.toFixed(5) ?? '–' },
      ...(scored ? [falls] : []),
    ],
    rows: layers,
  });
}
