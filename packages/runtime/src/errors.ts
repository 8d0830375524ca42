/**
 * Every code that an error of this package can carry. Codes are stable: they may be added to, never renamed.
 * `@tfjs-optimize/core` has codes of its own; a code that stands in both lists means the same in both.
 */
export const RUNTIME_ERROR_CODES = {
  aborted: 'The work was cancelled through its AbortSignal or by Ctrl-C.',
  'argument/invalid': 'A value given to a function or command has the wrong form.',
  'io/format': 'A file is there but is not what it should be (not JSON, not a model).',
  'io/manifest': 'The weights manifest contradicts itself or the weight files.',
  'io/network': 'A download failed.',
  'io/not-found': 'A model file or folder does not exist.',
  'io/shard': 'A weight file is missing, truncated or too long.',
  'io/unsafe': 'A model file holds keys or sizes that are refused for safety.',
  'packed/version': 'Packed weights are of a version that this release does not read, or tell none.',
  'packed/coding': 'A packed weight is in a coding that this release does not know.',
  'packed/metadata': 'What a model.json says of its packed weights contradicts the model.',
  'packed/checksum': 'The bytes of packed weights are not those that were written.',
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
  readonly subject: string;

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
