import type { JsonObject, Note } from '@tfjs-optimize/core';
import type { Colours } from './streams.js';

/** Notes of one kind that are printed one by one; more are counted. */
const SHOWN = 5;

/**
 * Notes for people: warnings in full, then what passes did, counted by pass and message pattern, then
 * what they declined.
 */
export function renderNotes(notes: readonly Note[], colours: Colours, all: boolean): string[] {
  const lines: string[] = [];
  for (const note of notes.filter((each) => each.level === 'warning')) {
    lines.push(`  ${colours.yellow('warning')} ${sentence(note)}`);
  }
  for (const kind of ['did', 'declined', 'saw'] as const) {
    const own = notes.filter((each) => each.level === 'info' && each.kind === kind);
    const shown = all ? own : own.slice(0, SHOWN);
    for (const note of shown) lines.push(`  ${colours.dim(kind.padEnd(8))} ${sentence(note)}`);
    if (own.length > shown.length) {
      lines.push(
        colours.dim(`  ${''.padEnd(8)} … and ${own.length - shown.length} more; --verbose shows all`),
      );
    }
  }
  return lines;
}

function sentence(note: Note): string {
  const subject = note.subject === undefined ? '' : `${note.subject}: `;
  return `${subject}${note.message}`;
}

/** Notes as JSON. */
export function notesDocument(notes: readonly Note[]): JsonObject[] {
  return notes.map(({ pass, level, kind, subject, message }) => ({
    ...(pass === undefined ? {} : { pass }),
    level,
    kind,
    ...(subject === undefined ? {} : { subject }),
    message,
  }));
}
