/**
 * Every code that an error of this package can carry. Codes are stable: they may be added to, never renamed.
 * `@tfjs-optimize/core` has codes of its own; no code stands in both lists with another meaning.
 */
export const RUNTIME_ERROR_CODES = {
  'runtime/attribute': 'A node of an integer op lacks an attribute or has one out of range.',
  'runtime/input': "The inputs of an integer op are of a wrong type, or their sizes don't fit each other.",
  'runtime/gradient': 'A gradient was asked for through an integer op, which has none.',
} as const;

/** One of the stable error codes. */
export type RuntimeErrorCode = keyof typeof RUNTIME_ERROR_CODES;

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
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, { subject, expected, got, advice, cause }: RuntimeProblem) {
    const message = ended(`${subject}: expected ${expected}, got ${got}`);
    super(advice === undefined ? message : `${message} ${ended(advice)}`, { cause });
    this.name = 'RuntimeError';
    this.code = code;
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
