import { differenceText, millisecondsText, percentile, textTable } from '@tfjs-optimize/core';
import type { Measurement } from '../record/measurement.js';
import type { BackendTrialRecord } from '../record/profile.js';
import type { BackendComparison } from './compare-backends.js';

/** Times by backend as a table of plain text, and below it why others were not measured. */
export function backendsText({ trials, comparison }: BackendComparison): string {
  const [baseline] = comparison.measurements;
  const rows = comparison.measurements.map((measured) => {
    const trial = trials.find(({ name }) => name === measured.name);
    return [
      measured.name,
      trial?.gpu === true ? 'GPU' : 'CPU',
      ...timesOf(measured),
      ...againstOf(measured.name),
    ];
  });
  const heading = [
    'backend',
    'on',
    'latency',
    '10 % to 90 %',
    'first call',
    `speed-up over ${baseline?.name}`,
    'outputs differ by',
  ];
  return [
    textTable([heading, ...rows], ['left', 'left', 'right', 'right', 'right', 'right', 'right']),
    ...gpuLines(trials),
    ...restLines(trials),
  ].join('\n');

  function againstOf(name: string): string[] {
    const found = comparison.against.find((each) => each.name === name);
    if (found === undefined) return ['', ''];
    const { value, low, high } = found.speedup;
    const digits = value < 0.1 ? 3 : 2;
    const ratio = `${value.toFixed(digits)}x (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
    const { difference } = found;
    const apart = difference === undefined ? 'other shapes' : differenceText(difference.relative);
    const broken =
      difference === undefined || difference.incomparable === 0 ? '' : `, ${difference.incomparable} NaN`;
    return [ratio, `${apart}${broken}`];
  }
}

function timesOf({ latency, samples, firstCallMs }: Measurement): string[] {
  const [low, high] = [percentile(samples, 0.1), latency.p90];
  return [
    millisecondsText(latency.p50),
    `${millisecondsText(low).replace(' ms', '')} to ${millisecondsText(high)}`,
    millisecondsText(firstCallMs),
  ];
}

/** Where no graphics processor computed: which backends were tried for one, and why they did not. */
function gpuLines(trials: readonly BackendTrialRecord[]): string[] {
  if (trials.some(({ gpu, outcome }) => gpu && outcome === 'measured')) return [];
  const tried = trials.filter(({ gpu, reason }) => gpu || reason !== undefined);
  const forGpu = tried.filter(({ gpu, outcome }) => gpu || outcome === 'measured');
  if (forGpu.length === 0) return ['no GPU: none of the backends tried here uses one'];
  return ['no GPU was used; tried:', ...forGpu.map(reasonLine)];
}

function restLines(trials: readonly BackendTrialRecord[]): string[] {
  const hasGpu = trials.some(({ gpu, outcome }) => gpu && outcome === 'measured');
  const rest = trials.filter(({ gpu, outcome }) => outcome !== 'measured' && (hasGpu || !gpu));
  return rest.length === 0 ? [] : ['not measured:', ...rest.map(reasonLine)];
}

function reasonLine({ name, outcome, reason }: BackendTrialRecord): string {
  return `  ${name}: ${outcome === 'measured' ? '' : `${outcome}, `}${reason ?? ''}`;
}
