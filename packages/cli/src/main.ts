import { CommanderError } from 'commander';
import { abortOnInterrupt } from '@tfjs-optimize/core';
import { registerFakeQuant } from '@tfjs-optimize/quantization';
import { EXIT } from './exit.js';
import { makeProgram } from './program.js';
import type { Outcome, Session } from './session.js';
import { failureDocument, failureOf, renderFailure, USAGE_CODE } from './terminal/errors.js';
import { NO_PROGRESS, progressView } from './terminal/progress.js';
import { captureConsole } from './terminal/quiet.js';
import { coloursFor, processStreams, type Streams } from './terminal/streams.js';
import { usageText } from './terminal/usage.js';

/** Version of the form of the JSON documents; it grows when a field changes its meaning or goes. */
export const DOCUMENT_VERSION = 1;

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** The work of a command. */
export type Work = (session: Session) => Promise<Outcome>;

/**
 * Runs the command line.
 * @param args the words after the program's name.
 * @returns the exit status; nothing is thrown.
 */
export async function main(args: readonly string[], streams: Streams = processStreams()): Promise<number> {
  let status: number = EXIT.ok;
  const program = makeProgram(streams, async (name, options, work) => {
    status = await runCommand(name, options, work, streams);
  });
  try {
    await program.parseAsync(commonLast(args), { from: 'user' });
    return status;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok;
    // commander has written its message to stderr; scripts still get their one document.
    if (args.includes('--json')) {
      const [first] = commonLast(args);
      const message = usageText(error.message);
      const name = program.commands.map((command) => command.name()).find((one) => one === first);
      printDocument(streams, name, { ok: false, error: { code: USAGE_CODE, message } });
    }
    return EXIT.usage;
  }
}

/** Options that every command has may stand before its name, too. */
function commonLast(args: readonly string[]): string[] {
  const at = args.findIndex((word) => !COMMON.has(word));
  return at <= 0 ? [...args] : [...args.slice(at), ...args.slice(0, at)];
}

const COMMON = new Set(['--json', '-q', '--quiet', '-v', '--verbose']);

async function runCommand(
  name: string,
  options: CommonOptions,
  work: Work,
  streams: Streams,
): Promise<number> {
  const errorColours = coloursFor(streams.stderr, streams.env);
  const progress = options.quiet ? NO_PROGRESS : progressView(streams);
  const say = (line: string): void => {
    progress.clear();
    streams.stderr.write(`${line}\n`);
  };
  const interrupt = abortOnInterrupt();
  interrupt.signal.addEventListener('abort', () => say('stopping …'), { once: true });
  const release = captureConsole((line) => {
    if (options.verbose) say(errorColours.dim(line));
  });
  const session = {
    streams,
    colours: coloursFor(streams.stdout, streams.env),
    progress,
    signal: interrupt.signal,
  };
  registerFakeQuant();
  try {
    const outcome = await work(session);
    progress.clear();
    if (options.json) printDocument(streams, name, { ok: outcome.status === EXIT.ok, ...outcome.document });
    else streams.stdout.write(`${outcome.text()}\n`);
    return outcome.status;
  } catch (error) {
    progress.clear();
    const failure = failureOf(error);
    streams.stderr.write(renderFailure(failure, errorColours, options.verbose === true));
    if (options.json) printDocument(streams, name, { ok: false, error: failureDocument(failure) });
    return failure.code === 'aborted' ? statusOfSignal(interrupt.signal) : failure.status;
  } finally {
    release();
    interrupt.stop();
  }
}

/** The signal's reason carries the name of the system's signal. */
function statusOfSignal({ reason }: AbortSignal): number {
  const isTerm = reason instanceof Error && reason.message === 'SIGTERM';
  return isTerm ? EXIT.terminated : EXIT.interrupted;
}

function printDocument(streams: Streams, command: string | undefined, content: object): void {
  const document = { version: DOCUMENT_VERSION, ...(command === undefined ? {} : { command }), ...content };
  streams.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
