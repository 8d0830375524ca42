// The type alone: pages need no explanations of codes.
import type { RuntimeErrorCode } from './error-codes.js';

/** The four parts of a message: `subject: expected X, got Y. Do Z.` */
export interface RuntimeProblem {
  /** What the message is about: a file, a node, an argument. */
  readonly subject: string;
  /** What was expected there, without the word "expected". */
  readonly expected: string;
  /** What was found instead, without the word "got". */
  readonly got: string;
  /** What the reader can do about it, as a sentence without its full stop. */
  readonly advice?: string;
  /** The error underneath, if any. */
  readonly cause?: unknown;
}

/** What bad models, files and inputs lead to. Told apart by {@link code}, not by `instanceof`. */
export class RuntimeError extends Error {
  declare readonly code: RuntimeErrorCode;
  declare readonly subject: string;

  constructor(code: RuntimeErrorCode, { subject, expected, got, advice, cause }: RuntimeProblem) {
    const message = ended(`${subject}: expected ${expected}, got ${got}`);
    super(advice === undefined ? message : `${message} ${ended(advice)}`, { cause });
    this.name = 'RuntimeError';
    this.code = code;
    this.subject = subject;
  }
}

/** The text as a sentence: with a full stop, where a question or the words of another error end it already. */
function ended(text: string): string {
  return /[.?!…]['"]?$/.test(text) ? text : `${text}.`;
}

/** Throws a {@link RuntimeError}; typed `never` so that it ends a branch. */
export function fail(code: RuntimeErrorCode, problem: RuntimeProblem): never {
  throw new RuntimeError(code, problem);
}
