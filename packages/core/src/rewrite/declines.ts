import type { Node } from '../graph/node.js';
import type { Note } from '../pass.js';

/** A rule that matched and did not apply. */
export interface Decline {
  readonly rule: string;
  readonly root: Node;
  /** The node that the reason is about. */
  readonly blamed: Node;
  readonly reason: string;
  /** What this reason shares with those of other nodes, where it names numbers of its own. */
  readonly group: string | undefined;
}

/** Nodes that a note about many of them names. */
const NAMED = 3;

/** One note for each reason that a rule gave, with a count and the first nodes where it gave it more than once. */
export function declineNotes(declines: Iterable<Decline>): readonly Note[] {
  const groups = new Map<string, Decline[]>();
  for (const decline of declines) {
    const key = `${decline.rule}: ${decline.group ?? decline.reason}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [decline]);
    else group.push(decline);
  }
  return [...groups.values()].map((group) => noteOf(group));
}

function noteOf(group: readonly Decline[]): Note {
  const note = { level: 'info', kind: 'declined' } as const;
  const [{ rule, root, blamed, reason, group: shared }] = group as [Decline];
  if (group.length === 1) {
    const blame = blamed.name === root.name ? reason : `${text(blamed)}: ${reason}`;
    return { ...note, subject: root.name, message: `${rule} at ${text(root)}: ${blame}` };
  }
  const nodes = [...new Set(group.map((one) => text(one.blamed)))];
  return { ...note, message: `${rule} at ${group.length} nodes: ${few(nodes)}: ${shared ?? reason}` };
}

function few(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}

function text({ name, op }: Node): string {
  return `${name} (${op})`;
}
