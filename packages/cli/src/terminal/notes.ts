import type { JsonObject, Note } from '@tfjs-optimize/core';
import type { Colours } from './streams.js';

/** Notes of one kind that are printed one by one; more are counted. */
const SHOWN = 5;

/**
 * Notes for people: warnings in full, then what was done, counted by rule, then what was declined or
 * seen, the first few of each.
 * @param all every note on a line of its own.
 */
export function renderNotes(notes: readonly Note[], colours: Colours, all: boolean): string[] {
  const warnings = notes.filter((note) => note.level === 'warning').map(sentence);
  const info = notes.filter((note) => note.level === 'info');
  const of = (kind: Note['kind']): Note[] => info.filter((note) => note.kind === kind);
  const did = all ? of('did').map(sentence) : countByRule(of('did'));
  return [
    ...warnings.map((text) => `${colours.yellow('warning ')}  ${text}`),
    ...list('did', did, did.length, colours),
    ...list('declined', of('declined').map(sentence), all ? Infinity : SHOWN, colours),
    ...list('saw', of('saw').map(sentence), all ? Infinity : SHOWN, colours),
  ];
}

function list(kind: string, texts: readonly string[], limit: number, colours: Colours): string[] {
  const lines = texts.slice(0, limit).map((text) => `${colours.dim(kind.padEnd(8))}  ${text}`);
  const more = texts.length - lines.length;
  return more === 0
    ? lines
    : [...lines, colours.dim(`${' '.repeat(10)}… and ${more} more; --verbose shows all`)];
}

/** `12 × fold-batch-norm`: the rule stands before the first colon of what a pass did. */
export function countByRule(notes: readonly Note[]): string[] {
  const counts = new Map<string, number>();
  for (const note of notes) {
    const rule = /^([\w-]+): /.exec(note.message)?.[1] ?? note.message;
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  return [...counts].map(([rule, count]) =>
    count === 1 && rule.includes(' ') ? rule : `${count} × ${rule}`,
  );
}

/** The message, with its subject in front where it does not name it. */
function sentence({ subject, message }: Note): string {
  return subject === undefined || message.includes(subject) ? message : `${subject}: ${message}`;
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
