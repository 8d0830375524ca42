import type { QualityRecord } from '../../../record/profile.js';
import { exact, percent, score } from '../../format.js';
import { breakable, html, trusted, type Html } from '../html.js';
import { heatStep } from '../palette.js';
import { table, type Column } from '../table.js';
import { byModel, card, lead, type MakeSection, type Shown } from '../view.js';
import { heatScale } from './weights.js';

interface Judged extends Shown {
  readonly quality: QualityRecord;
}

/** How well the models do on labelled examples. */
export const qualitySection: MakeSection = ({ models }) => {
  const judged = models.flatMap((shown): Judged[] =>
    shown.model.quality === undefined ? [] : [{ ...shown, quality: shown.model.quality }],
  );
  if (judged.length === 0) return undefined;
  const counts = [...new Set(judged.map(({ quality }) => quality.examples))];
  const broken = judged.filter(({ quality }) => (quality.notANumber ?? 0) > 0);
  const matrices = judged.filter(({ quality }) => quality.confusion !== undefined);
  const body = html`${lead(`On ${counts.map(exact).join(' and ')} examples.`)}
  ${broken.map(({ name, quality }) => html`<p><span class="tag worse">not a number</span> ${name} gave NaN for ${exact(quality.notANumber ?? 0)} examples; they count as wrong.</p>`)}
  ${card(scores(judged))}
  ${
    matrices.length > 0 &&
    html`<h3 class="apart">Confusion</h3>
      <p class="small quiet">
        Rows are what examples are, columns what the model says; colours are shares of a row.
      </p>
      ${byModel(matrices, ({ name, model }) => model.quality?.confusion && confusion(name, model.quality.confusion))}`
  }`;
  return { id: 'quality', title: 'Quality', body };
};

function scores(judged: readonly Judged[]): Html {
  const names = [...new Set(judged.flatMap(({ quality }) => quality.scores.map(({ name }) => name)))];
  const isHigher = (name: string): boolean =>
    judged.some(({ quality }) => quality.scores.some((each) => each.name === name && each.higherIsBetter));
  return table({
    label: 'Scores',
    columns: [
      {
        label: 'Score',
        cell: (name) =>
          html`${name}<span class="hint">${isHigher(name) ? 'higher is better' : 'lower is better'}</span>`,
      },
      ...judged.map(({ name: model, quality }): Column<string> => ({
        label: breakable(model),
        right: true,
        cell: (name) => {
          const found = quality.scores.find((each) => each.name === name);
          return found === undefined ? '–' : score(name, found.value);
        },
      })),
    ],
    rows: names,
  });
}

type Confusion = NonNullable<QualityRecord['confusion']>;

/** Above this number of classes the matrix would be a carpet: the pairs that are mixed up most are told. */
const MOST_CLASSES = 24;

function confusion(model: string, matrix: Confusion): Html {
  return matrix.labels.length > MOST_CLASSES ? mixedUp(model, matrix) : matrixTable(model, matrix);
}

function matrixTable(model: string, { labels, counts }: Confusion): Html {
  const rows = labels.map((label, i) => {
    const row = counts[i] ?? [];
    const total = row.reduce((sum, n) => sum + n, 0);
    return html`<tr>
      <th scope="row" title="${label}">${label}</th>
      ${labels.map((_, j) => confusionCell(row[j] ?? 0, total))}
    </tr>`;
  });
  return html`<div class="scroll" role="region" aria-label="Confusion matrix of ${model}" tabindex="0">
      <table class="confusion">
        <thead>
          <tr>
            <td></td>
            ${labels.map((label) => html`<th scope="col" title="${label}">${label}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${heatScale('none of the row', 'all of it')}`;
}

function confusionCell(n: number, total: number): Html {
  const step = heatStep(total === 0 ? 0 : n / total);
  const style = trusted(`background:var(--heat-${step});color:var(${step > 2 ? '--on-heat' : '--ink'})`);
  return html`<td style="${style}">${n === 0 ? '' : exact(n)}</td>`;
}

/** Pairs of classes told of a matrix that is too large to show. */
const PAIRS = 20;

function mixedUp(model: string, { labels, counts }: Confusion): Html {
  const pairs = labels.flatMap((is, i) => {
    const total = (counts[i] ?? []).reduce((sum, n) => sum + n, 0);
    return labels.flatMap((said, j) => {
      const n = counts[i]?.[j] ?? 0;
      return i === j || n === 0 ? [] : [{ is, said, n, share: n / total }];
    });
  });
  pairs.sort((a, b) => b.n - a.n);
  return table({
    label: `Classes that ${model} mixes up most`,
    columns: [
      { label: 'Is', cell: ({ is }) => is },
      { label: 'Said to be', cell: ({ said }) => said },
      { label: 'Examples', right: true, cell: ({ n }) => exact(n) },
      { label: 'Share of the class', right: true, cell: ({ share }) => percent(share) },
    ],
    rows: pairs.slice(0, PAIRS),
  });
}
