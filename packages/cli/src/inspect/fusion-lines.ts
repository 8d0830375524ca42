import { shorten } from '../terminal/progress.js';
import type { Colours } from '../terminal/streams.js';
import { table } from '../terminal/table.js';
import type { Fusable } from './fusable.js';
import type { Inspection } from './inspection.js';

/** Nodes that are named where many share a reason, and how long their names may be; --verbose has all, whole. */
const NAMED = 3;
const NAME_WIDTH = 56;

/**
 * What can be fused and what not.
 * @param all every node on a line of its own, instead of counts.
 */
export function fusionLines(
  { fusable, nodes }: Pick<Inspection, 'fusable' | 'nodes'>,
  colours: Colours,
  all: boolean,
): string[] {
  const left = all ? fusable.left.map(({ message }) => message) : grouped(fusable.left);
  return [
    ...(fusable.rules.length === 0
      ? ['  Nothing to do: `tfjs-optimize optimize` would change nothing.']
      : [
          `  \`tfjs-optimize optimize\` would leave ${fusable.nodesAfter} of the ${nodes} nodes, by these rules:`,
          ...(all ? everyRewrite(fusable) : [countTable(fusable, colours)]),
        ]),
    ...(left.length === 0 ? [] : ['', '  Not fused, and why:']),
    ...left.map((text) => `  ${colours.yellow('·')} ${text}`),
  ];
}

function countTable({ rules }: Fusable, colours: Colours): string {
  return table(
    [{ title: 'times', align: 'right' }, { title: 'rule' }],
    rules.map(({ rule, count }) => [String(count), rule]),
    colours,
  );
}

/** `fold-batch-norm: bn_1 (FusedBatchNormV3), conv_1 (Conv2D)`, once for each time. */
function everyRewrite({ rules }: Fusable): string[] {
  return rules.flatMap(({ rule, nodes }) =>
    nodes.map((names) => (names === '' ? `  ${rule}` : `  ${rule}: ${names}`)),
  );
}

/** The reason once for all nodes that share it, with their number and, on a line of their own, the first of them. */
function grouped(left: Fusable['left']): string[] {
  const groups = new Map<string, Fusable['left'][number][]>();
  for (const one of left) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return [...groups].map(([group, members]) => {
    const [only, ...others] = members;
    if (only !== undefined && others.length === 0) return only.message;
    const more = members.length - NAMED;
    const names = members.slice(0, NAMED).map(({ node }) => shorten(node, NAME_WIDTH));
    const rest = more > 0 ? ` and ${more} more; --verbose names all` : '';
    return `${members.length} × ${group}\n    ${names.join(', ')}${rest}`;
  });
}
