import { machineText } from '../../../machine.js';
import type { Comparison } from '../../../record/measurement.js';
import type { BackendTrialRecord, MemoryRecord } from '../../../record/profile.js';
import { bytes, exact, milliseconds, plain } from '../../format.js';
import { speedText, toneOf } from '../../summary.js';
import { breakable, html, trusted, type Html, type Piece } from '../html.js';
import { table, type Column } from '../table.js';
import { card, lead, type MakeSection } from '../view.js';

/** Which backends were tried, how long the model takes on those that ran, and why others did not. */
export const backendSection: MakeSection = ({ record, models }) => {
  const { backends = [], backendTimes } = record;
  if (backends.length === 0) return undefined;
  const gpu = backends.some(({ gpu: isGpu, outcome }) => isGpu && outcome === 'measured');
  const base = backendTimes?.measurements[0]?.name ?? '';
  const said = [
    ...(models.length > 1 ? [`Tried with ${models.at(-1)?.name ?? ''}.`] : []),
    gpu
      ? 'Computing on a graphics processor is among them.'
      : 'None that runs here computes on a graphics processor.',
  ];
  const columns: Column<BackendTrialRecord>[] = [
    { label: 'Backend', cell: ({ name }) => name },
    { label: 'Computes on', cell: ({ gpu: isGpu }) => (isGpu ? 'graphics processor' : 'processor') },
    { label: 'Outcome', cell: ({ outcome }) => outcomeTag(outcome) },
    ...(backendTimes === undefined
      ? []
      : [
          {
            label: 'Median',
            right: true,
            cell: ({ name }: BackendTrialRecord) => medianOn(backendTimes, name),
          },
          {
            label: `Against ${base}`,
            right: true,
            cell: ({ name }: BackendTrialRecord) => speedOn(backendTimes, name),
          },
        ]),
    { label: 'Remark', cell: ({ reason }) => reason ?? '' },
  ];
  const body = html`${lead(said.join(' '))} ${card(table({ label: 'Backends', columns, rows: backends }))}`;
  return { id: 'backends', title: 'Backends', body };
};

function medianOn({ measurements }: Comparison, backend: string): string {
  const found = measurements.find(({ name }) => name === backend);
  return found === undefined ? '' : milliseconds(found.latency.p50);
}

function speedOn({ against }: Comparison, backend: string): Piece {
  const found = against.find(({ name }) => name === backend);
  if (found === undefined) return '';
  const { change, interval } = speedText(found);
  return html`<span class="tag ${trusted(toneOf(found.verdict))}">${change}</span
    ><span class="hint">${interval}</span>`;
}

function outcomeTag(outcome: BackendTrialRecord['outcome']): Html {
  const tone = outcome === 'measured' ? 'better' : outcome === 'failed' ? 'worse' : 'same';
  return html`<span class="tag ${trusted(tone)}">${outcome}</span>`;
}

interface MemoryRow {
  readonly label: string;
  readonly hint?: string;
  readonly of: (memory: MemoryRecord) => number | undefined;
  readonly text: (value: number) => string;
}

const signedBytes = (value: number): string => (value < 0 ? `−${bytes(-value)}` : bytes(value));

const MEMORY_ROWS: readonly MemoryRow[] = [
  {
    label: 'Held between calls',
    hint: 'weights and the like',
    of: ({ heldBytes }) => heldBytes,
    text: bytes,
  },
  { label: 'Tensors held between calls', of: ({ heldTensors }) => heldTensors, text: exact },
  {
    label: 'Peak in a call',
    hint: 'above what was held before',
    of: ({ peakBytes }) => peakBytes,
    text: bytes,
  },
  { label: 'Most tensors in a call', of: ({ peakTensors }) => peakTensors, text: exact },
  { label: 'Left behind by a call', of: ({ leakedBytes }) => leakedBytes, text: signedBytes },
  { label: 'Tensors left behind by a call', of: ({ leakedTensors }) => leakedTensors, text: plain },
  {
    label: 'Peak of a process of its own',
    hint: 'resident memory',
    of: ({ processPeakBytes }) => processPeakBytes,
    text: bytes,
  },
  { label: 'WebAssembly heap', of: ({ wasmHeapBytes }) => wasmHeapBytes, text: bytes },
];

/** What each model takes of memory, and whether it leaks. */
export const memorySection: MakeSection = ({ models }) => {
  const known = models.flatMap(({ name, model }) =>
    model.memory === undefined ? [] : [{ name, memory: model.memory }],
  );
  if (known.length === 0) return undefined;
  const leaks = known.filter(({ memory }) => memory.leakedTensors > 0);
  const said =
    leaks.length === 0
      ? 'No tensors are left behind by calls.'
      : leaks
          .map(
            ({ name, memory }) =>
              `${name} leaves ${plain(memory.leakedTensors)} tensors behind with each call.`,
          )
          .join(' ');
  const rows = MEMORY_ROWS.filter(({ of }) => known.some(({ memory }) => of(memory) !== undefined));
  const body = html`${lead(said)}
  ${card(
    table<MemoryRow>({
      label: 'Memory',
      columns: [
        {
          label: 'Measure',
          cell: ({ label, hint }) =>
            html`${label}${hint !== undefined && html`<span class="hint">${hint}</span>`}`,
        },
        ...known.map(({ name, memory }): Column<MemoryRow> => ({
          label: breakable(name),
          right: true,
          cell: ({ of, text }) => {
            const value = of(memory);
            return value === undefined ? '–' : text(value);
          },
        })),
      ],
      rows,
    }),
  )}`;
  return { id: 'memory', title: 'Memory', body };
};

/** What the figures were measured on. */
export const machineSection: MakeSection = ({ record }) => {
  const { cpu, cores, memoryBytes, engine, platform, tfjs, backend } = record.machine;
  const facts: (readonly [string, string])[] = [
    ['Processor', `${cpu}, ${exact(cores)} ${cores === 1 ? 'core' : 'cores'}`],
    ...(memoryBytes === 0 ? [] : [['Memory', `${(memoryBytes / 2 ** 30).toFixed(0)}\u00a0GiB`] as const]),
    ['System', platform],
    ['Engine', engine],
    ['TensorFlow.js', tfjs],
    ['Backend', backend],
    ['Made', madeText(record.made)],
    ['Form of this report', `version ${record.version}`],
  ];
  const own = machineText(record.machine);
  const others = new Set(
    record.models.flatMap(({ measurement }) =>
      measurement === undefined ? [] : [machineText(measurement.machine)],
    ),
  );
  others.delete(own);
  const body = card(
    html`<dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
      ${[...others].map(
        (other) =>
          html`<dt>Also measured on</dt>
            <dd>${other}</dd>`,
      )}
      ${(record.remarks ?? []).map(
        (remark) =>
          html`<dt>Measured so</dt>
            <dd>${remark}</dd>`,
      )}
    </dl>`,
  );
  return { id: 'machine', title: 'Machine and versions', body };
};

/** `2026-11-23 05:40 UTC`; what is not a date is left as it is. */
export function madeText(made: string): string {
  const time = new Date(made);
  return Number.isNaN(time.getTime()) ? made : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
