import type { EChartsOption } from 'echarts';
import type {
  SensitivityCurveRecord,
  SensitivityCurvesRecord,
  SensitivityPointRecord,
} from '../../../record/sensitivity.js';
import { decibels, drop, exact, percent, plain } from '../../format.js';
import { breakable, html, type Html, type Piece } from '../html.js';
import { valueAxis } from '../marks.js';
import { table } from '../table.js';
import { byModel, lead, legend, type MakeSection, type Shown, type View } from '../view.js';

interface Judged extends Shown {
  readonly curves: readonly SensitivityCurvesRecord[];
}

/** What pruning each layer alone does, by ratio. */
export const sensitivityCurvesSection: MakeSection = (view) => {
  const judged = view.models.flatMap((shown): Judged[] => {
    const curves = shown.model.sensitivityCurves;
    return curves === undefined ? [] : [{ ...shown, curves }];
  });
  if (judged.length === 0) return undefined;
  const body = html`${lead('Each layer was pruned alone, by one ratio after another, without training in between. Layers whose curves stay flat bear more; what all of them lose together is more than what each does.')}
  ${byModel(judged, (shown) => {
    const curves = shown.model.sensitivityCurves ?? [];
    return curves.length === 0 ? undefined : html`${curves.map((each) => chartOf(view, shown, each))}`;
  })}`;
  return { id: 'sensitivity-curves', title: 'Sensitivity to pruning', body };
};

/** Layers that have a colour of their own; the others are grey. */
const COLORS = 6;
/** Noise beyond this is drawn at the edge: it drowns the outputs. */
const LEAST_DECIBELS = -20;

/** What the curves are of. */
interface Measure {
  readonly title: string;
  readonly isScored: boolean;
  /** How high a point lies; undefined where it cannot be drawn. */
  readonly height: (point: SensitivityPointRecord) => number | undefined;
  readonly text: (point: SensitivityPointRecord) => string;
}

function measureOf({ layers }: SensitivityCurvesRecord): Measure {
  const isScored = layers.some(({ points }) => points.some((point) => point.drop !== undefined));
  if (isScored) {
    return {
      ...{ title: 'Drop of the score', isScored },
      height: (point) => point.drop ?? undefined,
      text: (point) =>
        point.drop === undefined ? '–' : point.drop === null ? 'not a number' : drop(point.drop),
    };
  }
  return {
    ...{ title: 'Signal to noise of the outputs', isScored },
    height: ({ snr }) => (snr === undefined || snr === null ? undefined : Math.max(LEAST_DECIBELS, snr)),
    text: ({ snr }) => (snr === undefined ? '–' : decibels(snr)),
  };
}

function chartOf({ draw }: View, { name }: Shown, curves: SensitivityCurvesRecord): Html {
  const { kind, layers } = curves;
  const measure = measureOf(curves);
  const worst = layers.slice(0, COLORS);
  const said = worst.map(({ layer, points }) => {
    const last = points.at(-1);
    return last === undefined ? '' : `${layer}: ${measure.text(last)} at ${percent(last.ratio, 0)}.`;
  });
  const colors = worst.map(({ layer }, i) => ({ name: breakable(layer), color: colorOf(i) }));
  const chart = draw({
    label: `${measure.title} of ${name} by share of ${kind} pruned, worst first. ${said.join(' ')}`,
    height: 280,
    option: () => option(curves, measure),
    caption: captionOf(curves, measure),
    numbers: numbers(name, curves, measure),
  });
  return html`<h3 class="apart">${measure.title}, by share of ${kind}</h3>
    ${legend(colors)}${chart}`;
}

const colorOf = (at: number): string => (at < COLORS ? `var(--series-${at + 1})` : 'var(--line)');

function captionOf({ layers, examples, score }: SensitivityCurvesRecord, { isScored }: Measure): Piece {
  const of = isScored
    ? score === undefined
      ? ''
      : `Of a score of ${plain(score)}.`
    : examples === undefined
      ? ''
      : `On ${exact(examples)} examples; where a curve is missing there is no noise.`;
  const rest =
    layers.length > COLORS ? ` The ${COLORS} worst of ${exact(layers.length)} layers have colours.` : '';
  return `${of}${rest}`.trim() || undefined;
}

function option({ layers, kind }: SensitivityCurvesRecord, measure: Measure): EChartsOption {
  return {
    grid: { left: 58, right: 14, top: 14, bottom: 46 },
    xAxis: valueAxis({
      min: 0,
      max: 1,
      name: `share of ${kind} pruned`,
      nameLocation: 'middle',
      nameGap: 28,
      splitLine: { show: false },
      axisLine: { show: true, lineStyle: { color: 'var(--line)' }, onZero: false },
      axisLabel: { color: 'var(--quiet)', formatter: (value: number) => percent(value, 0) },
    }),
    yAxis: valueAxis({
      scale: true,
      splitNumber: 4,
      axisLabel: {
        color: 'var(--quiet)',
        formatter: (value: number) => (measure.isScored ? plain(value) : `${plain(value)} dB`),
      },
    }),
    // The worst are drawn last, over the others.
    series: layers
      .map((curve, i) => ({
        type: 'line' as const,
        silent: true,
        symbol: 'circle',
        symbolSize: 4,
        itemStyle: { color: colorOf(i) },
        lineStyle: { color: colorOf(i), width: i < COLORS ? 2 : 1 },
        data: dataOf(curve, measure),
      }))
      .reverse(),
  };
}

/** A curve of drops begins at nothing. */
function dataOf({ points }: SensitivityCurveRecord, { isScored, height }: Measure): [number, number][] {
  const drawn = points.flatMap((point): [number, number][] => {
    const value = height(point);
    return value === undefined ? [] : [[point.ratio, value]];
  });
  return isScored ? [[0, 0], ...drawn] : drawn;
}

function numbers(model: string, { layers, kind }: SensitivityCurvesRecord, measure: Measure): Html {
  const ratios = [...new Set(layers.flatMap(({ points }) => points.map(({ ratio }) => ratio)))];
  return table<SensitivityCurveRecord>({
    label: `${measure.title} of ${model} by share of ${kind} pruned`,
    tall: true,
    compact: true,
    columns: [
      { label: 'Layer', cell: ({ layer, op }) => html`${breakable(layer)}<span class="hint">${op}</span>` },
      { label: kind === 'weights' ? 'Weights' : 'Channels', right: true, cell: ({ size }) => exact(size) },
      ...ratios
        .sort((a, b) => a - b)
        .map((ratio) => ({
          label: `${plain(100 * ratio)}\u00a0%`,
          right: true,
          cell: ({ points }: SensitivityCurveRecord) => {
            const point = points.find((each) => each.ratio === ratio);
            return point === undefined ? '–' : measure.text(point);
          },
        })),
    ],
    rows: layers,
  });
}
