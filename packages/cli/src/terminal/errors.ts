import { isOptimizeError, type JsonObject } from '@tfjs-optimize/core';
import { EXIT, statusOf, type ExitStatus } from '../exit.js';
import type { Colours } from './streams.js';

/** An error as the command line shows it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly status: ExitStatus;
  /** Messages of the errors underneath, outermost first. */
  readonly causes: readonly string[];
  readonly stack?: string;
}

/** A mistake in the command line itself, found while its words are read. */
export const USAGE_CODE = 'usage';

/** Every command writes at its very end, all or nothing: who is told to stop has written nothing. */
const CANCELLED = 'cancelled; nothing was written';

/** Takes an error apart. What is not one of the coded errors is a bug of this program. */
export function failureOf(error: unknown): Failure {
  const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
  const causes = causesOf(error);
  if (isOptimizeError(error) && error.code === 'aborted') {
    return { code: error.code, message: CANCELLED, status: statusOf(error.code), causes: [], ...stack };
  }
  if (isOptimizeError(error)) {
    return { code: error.code, message: error.message, status: statusOf(error.code), causes, ...stack };
  }
  const message = `internal: ${error instanceof Error ? error.message : String(error)}`;
  return { code: 'internal', message, status: EXIT.internal, causes, ...stack };
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let message = error instanceof Error ? error.message : String(error);
  for (let at = causeOf(error); at !== undefined && causes.length < 10; at = causeOf(at)) {
    const text = at instanceof Error ? at.message : String(at);
    if (!isSaid(message, at, text)) causes.push(text);
    message = text;
  }
  return causes;
}

/** An error often repeats its cause, or puts a code of the system into words: say everything once. */
function isSaid(message: string, cause: unknown, text: string): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return message.includes(text) || (typeof code === 'string' && code !== '' && message.includes(`(${code})`));
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

/** The error as lines for stderr: code and message, then what is underneath. */
export function renderFailure(failure: Failure, colours: Colours, verbose: boolean): string {
  const lines = [`${colours.red(colours.bold('error'))} ${colours.dim(failure.code)}  ${failure.message}`];
  for (const cause of failure.causes) lines.push(`  ${colours.dim('because:')} ${cause}`);
  const isBug = failure.status === EXIT.internal;
  if (failure.stack !== undefined && (verbose || isBug)) {
    lines.push(colours.dim(failure.stack.split('\n').slice(1).join('\n')));
  }
  if (isBug) lines.push('This is a bug of tfjs-optimize. Please report it with the lines above.');
  return `${lines.join('\n')}\n`;
}

/** The error as part of the JSON document. */
export function failureDocument(failure: Failure): JsonObject {
  return {
    code: failure.code,
    message: failure.message,
    ...(failure.causes.length === 0 ? {} : { causes: failure.causes }),
  };
}
