import type { EChartsOption } from 'echarts';
import type { TrainingEpoch } from '../../../record/training.js';
import { exact, isShare, listed, plain, score } from '../../format.js';
import { html, type Html } from '../html.js';
import { valueAxis } from '../marks.js';
import { table } from '../table.js';
import { card, legend, lead, type MakeSection, type Shown, type View } from '../view.js';

interface Trained extends Shown {
  readonly training: readonly TrainingEpoch[];
}

const VALIDATION = 'validation/';

/** How losses and metrics went from epoch to epoch. */
export const trainingSection: MakeSection = (view) => {
  const trained = view.models.flatMap((shown): Trained[] =>
    shown.model.training === undefined ? [] : [{ ...shown, training: shown.model.training }],
  );
  if (trained.length === 0) return undefined;
  const epochs = trained.map(({ name, training }) => `${name} ${exact(training.length)}`);
  const body = html`${lead(`Epochs: ${listed(epochs)}. Losses of models that were trained for different things cannot be held against each other.`)}
    <div class="pair">${measuresOf(trained).map((measure) => chartOf(view, trained, measure))}</div>`;
  return { id: 'training', title: 'Training', body };
};

/** What was measured, by the name that training and validation data share. */
function measuresOf(trained: readonly Trained[]): string[] {
  const names = trained.flatMap(({ training }) => training.flatMap(({ numbers }) => Object.keys(numbers)));
  return [...new Set(names.map((name) => name.replace(VALIDATION, '')))];
}

interface Curve extends Trained {
  /** Name of the numbers: those of validation data begin so. */
  readonly of: string;
}

function curvesOf(trained: readonly Trained[], measure: string): Curve[] {
  return trained.flatMap((each) =>
    [measure, VALIDATION + measure]
      .filter((of) => each.training.some(({ numbers }) => numbers[of] !== undefined))
      .map((of): Curve => ({ ...each, of })),
  );
}

const isValidation = ({ of }: Curve): boolean => of.startsWith(VALIDATION);

function chartOf({ draw }: View, trained: readonly Trained[], measure: string): Html {
  const curves = curvesOf(trained, measure);
  const last = ({ training, of }: Curve): number | undefined => training.at(-1)?.numbers[of];
  const said = curves.map((curve) => {
    const value = last(curve);
    const where = isValidation(curve) ? ', on validation data' : '';
    return `${curve.name}${where}: ${value === undefined ? 'none' : score(measure, value)} in the end.`;
  });
  const both = curves.some(isValidation) && !curves.every(isValidation);
  const chart = draw({
    label: `${measure} by epoch. ${said.join(' ')}`,
    height: 250,
    width: 376,
    option: () => option(curves, measure),
    caption: both
      ? 'Dashed: on data that were not trained on.'
      : curves.every(isValidation)
        ? 'On data that were not trained on.'
        : undefined,
    numbers: numbers(curves, measure),
  });
  return card(
    [legend(trained.filter(({ name }) => curves.some((curve) => curve.name === name))), chart],
    measure,
  );
}

function option(curves: readonly Curve[], measure: string): EChartsOption {
  const most = Math.max(...curves.flatMap(({ training }) => training.map(({ epoch }) => epoch + 1)));
  return {
    grid: { left: 52, right: 14, top: 14, bottom: 46 },
    xAxis: valueAxis({
      min: most > 1 ? 1 : 0,
      max: Math.max(most, 1),
      minInterval: 1,
      name: 'epoch',
      nameLocation: 'middle',
      nameGap: 28,
      splitLine: { show: false },
      axisLine: { show: true, lineStyle: { color: 'var(--line)' } },
    }),
    yAxis: valueAxis({
      scale: true,
      splitNumber: 4,
      axisLabel: {
        color: 'var(--quiet)',
        formatter: (value: number) => (isShare(measure) ? `${plain(100 * value)} %` : plain(value)),
      },
    }),
    series: curves.map((curve) => ({
      type: 'line' as const,
      silent: true,
      symbol: 'circle',
      symbolSize: curve.training.length === 1 ? 7 : 3,
      itemStyle: { color: curve.color },
      lineStyle: {
        color: curve.color,
        width: 2,
        type: isValidation(curve) ? ('dashed' as const) : ('solid' as const),
      },
      data: curve.training.flatMap(({ epoch, numbers: { [curve.of]: value } }) =>
        value === undefined ? [] : [[epoch + 1, value]],
      ),
    })),
  };
}

function numbers(curves: readonly Curve[], measure: string): Html {
  const epochs = [...new Set(curves.flatMap(({ training }) => training.map(({ epoch }) => epoch)))];
  return table({
    label: `${measure} by epoch`,
    tall: true,
    columns: [
      { label: 'Epoch', cell: (epoch: number) => exact(epoch + 1) },
      ...curves.map((curve) => ({
        label: isValidation(curve) ? `${curve.name}, validation` : curve.name,
        right: true,
        cell: (epoch: number) => {
          const value = curve.training.find((each) => each.epoch === epoch)?.numbers[curve.of];
          return value === undefined ? '–' : score(measure, value);
        },
      })),
    ],
    rows: epochs.sort((a, b) => a - b),
  });
}
