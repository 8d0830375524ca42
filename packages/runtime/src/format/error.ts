/** The parts of a message: `subject: expected X, got Y. Do Z.` */
export interface RuntimeProblem {
  /** What the message is about: a file, a weight, a node. */
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

/** Codes of this package's errors. They are stable, and mean the same in all packages of the project. */
export type RuntimeErrorCode =
  | 'aborted'
  | 'argument/invalid'
  | 'io/format'
  | 'io/manifest'
  | 'io/network'
  | 'io/not-found'
  | 'io/shard'
  | 'io/unsafe'
  | 'packed/checksum'
  | 'packed/coding'
  | 'packed/metadata'
  | 'packed/version';

/** The error that bad files and arguments lead to. Told apart by {@link code}. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  readonly subject: string;

  constructor(code: RuntimeErrorCode, problem: RuntimeProblem) {
    const message = `${problem.subject}: expected ${problem.expected}, got ${problem.got}.`;
    const advice = problem.advice === undefined ? '' : ` ${problem.advice}.`;
    super(message + advice, { cause: problem.cause });
    this.name = 'RuntimeError';
    this.code = code;
    this.subject = problem.subject;
  }
}

/** Throws a {@link RuntimeError}; typed `never` so that it ends a branch. */
export function failRuntime(code: RuntimeErrorCode, problem: RuntimeProblem): never {
  throw new RuntimeError(code, problem);
}
