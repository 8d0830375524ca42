import type { NodeTimeRecord, ProfileRecord } from '../../../record/profile.js';
import { exact, milliseconds, percent } from '../../format.js';
import { barRows, barRowsHeight, type BarRow } from '../bars.js';
import { breakable, html, type Html } from '../html.js';
import { table } from '../table.js';
import { byModel, card, lead, legend, type MakeSection, type Shown, type View } from '../view.js';

interface Profiled extends Shown {
  readonly profile: ProfileRecord;
}

/** Where the time goes: by op type, and the slowest nodes. */
export const profileSection: MakeSection = (view) => {
  const profiled = view.models.flatMap((shown): Profiled[] =>
    shown.model.profile === undefined ? [] : [{ ...shown, profile: shown.model.profile }],
  );
  if (profiled.length === 0) return undefined;
  const body = html`${lead('Times of single nodes, measured while calls were profiled; a plain call is one that nobody watches.')}
    ${card(sums(profiled))} ${card([legend(profiled), opChart(view, profiled)], 'Time by op type')}
    <h3 class="apart">Slowest nodes</h3>
    ${byModel(profiled, ({ model }) => model.profile && slowest(model.profile, model.name))}`;
  return { id: 'profile', title: 'Where the time goes', body };
};

/** The sum of the nodes held against whole calls: what is missing passes between nodes. */
function sums(profiled: readonly Profiled[]): Html {
  return table<Profiled>({
    label: 'Sum of the nodes against whole calls',
    columns: [
      { label: 'Model', cell: ({ name }) => breakable(name) },
      { label: 'Sum of nodes', right: true, cell: ({ profile }) => milliseconds(profile.sumMs) },
      { label: 'Plain call', right: true, cell: ({ profile }) => milliseconds(profile.wholeMs) },
      {
        label: 'Sum of plain',
        right: true,
        cell: ({ profile: { sumMs, wholeMs } }) => (wholeMs === 0 ? '–' : percent(sumMs / wholeMs, 0)),
      },
      { label: 'Profiled call', right: true, cell: ({ profile }) => milliseconds(profile.profiledMs) },
      { label: 'Calls', right: true, cell: ({ profile }) => exact(profile.calls) },
    ],
    rows: profiled,
  });
}

/** Op types that have a row of their own. */
const MOST_OPS = 10;

function opChart({ draw }: View, profiled: readonly Profiled[]): Html | undefined {
  const rows = opRows(profiled);
  if (rows.length === 0) return undefined;
  return draw({
    label: `Time by op type. ${rows.map(describe).join(' ')}`,
    height: (narrow) => barRowsHeight(rows, narrow),
    option: (room) => barRows(rows, room),
    numbers: opTable(profiled),
  });
}

function describe({ name, bars }: BarRow): string {
  return `${name}: ${bars.map(({ text }) => text).join(', ')}.`;
}

function opRows(profiled: readonly Profiled[]): BarRow[] {
  const ops = opNames(profiled);
  const rest = ops.slice(MOST_OPS);
  const row = (name: string, sum: (profile: ProfileRecord) => number): BarRow => ({
    name,
    bars: profiled.map(({ color, profile }) => {
      const ms = sum(profile);
      return {
        value: ms,
        color,
        text: ms === 0 ? 'none' : `${milliseconds(ms)}, ${percent(ms / profile.sumMs, 0)}`,
      };
    }),
  });
  const own = ops.slice(0, MOST_OPS).map((op) => row(op, (profile) => msOf(profile, op)));
  if (rest.length === 0) return own;
  return [
    ...own,
    row(`${rest.length} others`, (profile) => rest.reduce((sum, op) => sum + msOf(profile, op), 0)),
  ];
}

const msOf = ({ ops }: ProfileRecord, op: string): number => ops.find(({ name }) => name === op)?.ms ?? 0;

/** All op types, those first that take most time in any of the models. */
function opNames(profiled: readonly Profiled[]): string[] {
  const most = new Map<string, number>();
  for (const { profile } of profiled) {
    for (const { name, ms } of profile.ops) most.set(name, Math.max(most.get(name) ?? 0, ms));
  }
  return [...most].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

function opTable(profiled: readonly Profiled[]): Html {
  return table({
    label: 'Time by op type',
    columns: [
      { label: 'Op', cell: (op) => op },
      ...profiled.flatMap(({ name, profile }) => [
        { label: `${name}: nodes`, right: true, cell: (op: string) => nodesOf(profile, op) },
        { label: `${name}: time`, right: true, cell: (op: string) => milliseconds(msOf(profile, op)) },
      ]),
    ],
    rows: opNames(profiled),
  });
}

const nodesOf = ({ ops }: ProfileRecord, op: string): number =>
  ops.find(({ name }) => name === op)?.nodes ?? 0;

/** Nodes in the table of the slowest. */
const MOST_NODES = 12;

function slowest({ nodes, sumMs }: ProfileRecord, model: string): Html | undefined {
  if (nodes.length === 0) return undefined;
  const most = nodes[0]?.ms ?? 0;
  return table<NodeTimeRecord>({
    label: `Slowest nodes of ${model}`,
    columns: [
      {
        label: 'Node',
        cell: ({ name, op, layer, kernels, members }) => {
          const about = members === undefined ? kernels : [layer];
          return html`${breakable(name)}<span class="hint">${[...new Set([op, ...about])].join(', ')}</span>`;
        },
      },
      { label: 'Time', right: true, cell: ({ ms }) => milliseconds(ms), bar: ({ ms }) => ms / most },
      { label: 'Share', right: true, cell: ({ ms }) => percent(sumMs === 0 ? 0 : ms / sumMs) },
    ],
    rows: nodes.slice(0, MOST_NODES),
  });
}
