import { Draft, type Model, type Note } from '@tfjs-optimize/core';
import { mergeDuplicates } from './merge-duplicates.js';

/** A model after a cleaning step, and what the step did. */
export interface Cleaned {
  /** The very model given when nothing changed. */
  readonly model: Model;
  readonly notes: readonly Note[];
}

/** Removes nodes, and their weights, that no output needs. */
export function withoutDeadNodes(model: Model): Cleaned {
  const draft = new Draft(model);
  const dead = draft.removeDead();
  const notes = dead.map((name) => did(name, 'remove-dead-nodes: nothing reads it'));
  return { model: draft.finish(), notes };
}

/** Merges nodes that compute the same. */
export function withoutDuplicates(model: Model): Cleaned {
  const draft = new Draft(model);
  const notes = mergeDuplicates(draft).map(([removed, kept]) =>
    did(removed, `merge-duplicates: same as ${kept}`),
  );
  return { model: draft.finish(), notes };
}

function did(subject: string, message: string): Note {
  return { level: 'info', kind: 'did', subject, message };
}
