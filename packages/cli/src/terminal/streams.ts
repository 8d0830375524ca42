import { createColors } from 'picocolors';

/** picocolors' functions; they return their text unchanged where colours are off. */
export type Colours = ReturnType<typeof createColors>;

/** What the command line needs of a stream. `process.stdout` and `process.stderr` fit. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The two streams of a command and how to write to them. */
export interface Streams {
  /** Results only: what a pipe or a file gets. */
  readonly stdout: Sink;
  /** Progress, notes and errors. */
  readonly stderr: Sink;
  /** Environment variables; NO_COLOR, FORCE_COLOR and TERM are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The streams of this process. */
export function processStreams(): Streams {
  return { stdout: process.stdout, stderr: process.stderr, env: process.env };
}

/**
 * Whether to colour what goes to a stream: NO_COLOR (https://no-color.org) wins, then FORCE_COLOR,
 * then whether the stream is a terminal that knows colours.
 */
export function wantsColour(sink: Sink, env: Streams['env']): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal(sink, env);
}

/** Whether a stream can move its cursor: a terminal, and not a dumb one. */
export function isTerminal(sink: Sink, env: Streams['env']): boolean {
  return sink.isTTY === true && env['TERM'] !== 'dumb';
}

/** Colour functions for one stream. */
export function coloursFor(sink: Sink, env: Streams['env']): Colours {
  return createColors(wantsColour(sink, env));
}
