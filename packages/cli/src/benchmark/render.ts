import {
  backendsText,
  isSupported,
  machineText,
  sweepText,
  topNodes,
  topOps,
  type Distribution,
  type ReportModel,
  type ReportRecord,
} from '@tfjs-optimize/benchmark';
import { bytesText, countText, millisecondsText, rateText } from '@tfjs-optimize/core';
import type { InputsInWords } from '../measuring.js';
import type { Colours } from '../terminal/streams.js';
import { table } from '../terminal/table.js';

/** Slowest nodes that are printed; a report has all. */
const TOP = 5;
/** Names of nodes and layers may be paths of hundreds of characters. */
const NAME_WIDTH = 40;

/** What is printed beside the record. */
export interface Surroundings {
  readonly ranOn: InputsInWords;
  readonly notes: readonly string[];
  readonly files: readonly string[];
  readonly colours: Colours;
}

/** One model measured, for people. */
export function benchmarkText(record: ReportRecord, { ranOn, notes, files, colours }: Surroundings): string {
  const [model] = record.models;
  if (model === undefined) return '';
  const { profile, batches } = model;
  return [
    `${colours.bold(model.name)} on ${record.machine.backend}`,
    '',
    table([{ title: 'what' }, { title: 'value', align: 'right' }, { title: '' }], rowsOf(model), colours),
    ...section(
      profile && `Slowest of ${profile.nodes.length} nodes`,
      profile && topNodes(profile, TOP, NAME_WIDTH),
      colours,
    ),
    ...section(profile && 'By op', profile && topOps(profile, TOP), colours),
    ...section(batches && 'Batch sizes', batches && sweepText(batches), colours),
    ...section(record.backends && 'Backends', backendsOf(record), colours),
    '',
    `inputs: ${ranOn.inputs}`,
    ...ranOn.assumed.map((text) => `assumed: ${text}`),
    ...notes.map((text) => `note: ${text}`),
    `machine: ${machineText(record.machine)}`,
    ...files.map((file) => `Wrote ${file}`),
  ].join('\n');
}

/** The trials of backends, where there were any. */
export function backendsOf({ backends, backendTimes }: ReportRecord): string | undefined {
  if (backends === undefined || backendTimes === undefined) return undefined;
  return backendsText({ trials: backends, comparison: backendTimes });
}

/** A block of lines under a title, set off by an empty line; nothing without text. */
export function section(title: string | undefined, text: string | undefined, colours: Colours): string[] {
  if (title === undefined || text === undefined) return [];
  return ['', colours.bold(title), ...text.split('\n').map((line) => `  ${line}`.trimEnd())];
}

type Row = readonly [what: string, value: string, more: string];

function rowsOf({ measurement, cost, memory }: ReportModel): Row[] {
  const times = measurement === undefined ? [] : timeRows(measurement);
  return [
    ...times,
    ['parameters', countText(cost.parameters), sparsityText(cost.parameters, cost.nonZeroParameters)],
    ['multiply-accumulates', countText(cost.macs), `${countText(cost.flops)} FLOPs a call`],
    [
      cost.files === 'loaded' ? 'size on disk' : 'size once saved',
      bytesText(cost.fileBytes),
      `${bytesText(cost.gzipBytes)} by gzip`,
    ],
    ['weights in memory', bytesText(cost.weightBytes.memory), ''],
    ['peak activations', bytesText(cost.peakActivationBytes), 'most bytes alive at once, estimated'],
    ...(memory === undefined ? [] : memoryRows(memory)),
  ];
}

function timeRows({
  latency,
  firstCallMs,
  throughput,
  examples,
  callsPerSample,
}: NonNullable<ReportModel['measurement']>): Row[] {
  const ms = millisecondsText;
  return [
    [
      'time of a call, median',
      ms(latency.p50),
      `${ms(latency.min)} to ${ms(latency.max)}, ${samplesText(latency.n, callsPerSample)}`,
    ],
    [
      '  90 % of calls take up to',
      isSupported(latency, 'p90') ? ms(latency.p90) : '-',
      highPercentiles(latency),
    ],
    ['  mean', ms(latency.mean), `± ${ms(latency.sd)} standard deviation`],
    ['  first call', ms(firstCallMs), 'uploads weights and fills caches'],
    ['throughput', `${rateText(throughput)} a second`, examples === 1 ? '' : `in batches of ${examples}`],
  ];
}

/** Percentiles that so few samples cannot tell are not told. */
function highPercentiles(latency: Distribution): string {
  const known = ([95, 99] as const).filter((percent) => isSupported(latency, `p${percent}`));
  if (known.length === 0) return 'too few samples for higher percentiles';
  return known.map((percent) => `${percent} % up to ${millisecondsText(latency[`p${percent}`])}`).join(', ');
}

function samplesText(count: number, callsPerSample: number): string {
  const samples = `${count} sample${count === 1 ? '' : 's'}`;
  return callsPerSample === 1 ? samples : `${samples}, each the mean of ${callsPerSample} calls`;
}

function memoryRows(memory: NonNullable<ReportModel['memory']>): Row[] {
  const { peakBytes, processPeakBytes, leakedTensors, leakedBytes, wasmHeapBytes } = memory;
  return [
    ['peak memory of a call', bytesText(peakBytes), 'held by TensorFlow.js above what it held before'],
    ...(processPeakBytes === undefined
      ? []
      : [
          [
            'peak memory of a process',
            bytesText(processPeakBytes),
            'that loads and runs the model alone',
          ] as const,
        ]),
    ...(wasmHeapBytes === undefined ? [] : [['WebAssembly memory', bytesText(wasmHeapBytes), ''] as const]),
    ...(leakedTensors === 0 && leakedBytes === 0
      ? []
      : [['left behind by each call', bytesText(leakedBytes), `${leakedTensors} tensors`] as const]),
  ];
}

function sparsityText(parameters: number, nonZero: number): string {
  if (parameters === 0 || nonZero === parameters) return '';
  return `${((100 * (parameters - nonZero)) / parameters).toFixed(1)} % of them zero`;
}
