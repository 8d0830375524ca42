import type { Note } from '@tfjs-optimize/core';
import type { Mask } from '../masks/mask.js';
import type { Sparsity } from '../masks/sparsity.js';

/** Says that a weight is left as it is, and why. */
export function wholeNote(name: string, why: string, level: Note['level'] = 'warning'): Note {
  return { level, kind: 'declined', subject: name, message: `weight '${name}' stays whole: ${why}` };
}

/** Warns where a mask keeps nothing of a weight. */
export function emptyNotes(name: string, { kept }: Mask): Note[] {
  if (kept.length === 0 || kept.includes(1)) return [];
  return [{ level: 'warning', kind: 'saw', subject: name, message: `weight '${name}' has no element left` }];
}

/** A table of zeros, and what is worth knowing. */
export function prunedText(sparsity: Sparsity, notes: readonly Note[]): string {
  const warnings = notes.filter(({ level }) => level === 'warning');
  return [sparsity.text(), ...warnings.map(({ message }) => `warning: ${message}`)].join('\n');
}
