import { isOptimizeError, OptimizeError, type ErrorCode } from '@tfjs-optimize/core/plain';
import type { ModuleRef } from '../dataset.js';
import { SampleError, type Task } from '../loader/read.js';
import type { BatchFields, NumberTypes } from '../sample.js';
import type { Source } from '../sources/source.js';
import { messageOf } from '../thrown.js';
import type { PlainTransform } from '../transforms/transform.js';

/** What a worker is started with. */
export interface Setup {
  /** Undefined for streams, whose samples come with each task. */
  readonly source: Source | undefined;
  readonly types: NumberTypes;
  readonly transforms: readonly PlainTransform[];
  readonly collate: ModuleRef | undefined;
  readonly seed: number;
}

/** What a worker is told. */
export type Message =
  /** First of all, and once. */
  | { readonly setup: Setup }
  | Request
  /** The first request that somebody still waits for. */
  | { readonly wanted: number };

export interface Request {
  readonly id: number;
  readonly task: Task;
  /** Whether to tell of each sample before it is read, since this batch ended a worker before. */
  readonly isWatched: boolean;
}

export type Response =
  | { readonly id: number; readonly fields: BatchFields | undefined }
  | { readonly id: number; readonly error: WireError }
  /** The sample that it begins with. */
  | { readonly id: number; readonly at: number }
  /** It cannot work at all. */
  | { readonly failed: WireError };

/** An error as it goes from thread to thread. */
export interface WireError {
  readonly message: string;
  readonly stack?: string;
  readonly code?: ErrorCode;
  readonly subject?: string;
  /** Number of the sample, where it was one. */
  readonly index?: number;
  readonly cause?: WireError;
}

/** Causes of causes that are told of. */
const DEPTH = 8;

/** Only texts and numbers, whatever was thrown: an answer that cannot be sent is one that is waited for for ever. */
export function toWire(error: unknown, depth = 0): WireError {
  const message = messageOf(error);
  try {
    if (!(error instanceof Error)) return { message };
    const { stack, cause } = error;
    return {
      message,
      ...(typeof stack === 'string' ? { stack } : {}),
      ...(isOptimizeError(error) ? { code: error.code, subject: messageOf(error.subject) } : {}),
      ...(error instanceof SampleError ? { index: error.index } : {}),
      ...(cause === undefined || depth === DEPTH ? {} : { cause: toWire(cause, depth + 1) }),
    };
  } catch {
    return { message }; // it has a getter that throws
  }
}

export function fromWire({ message, stack, code, subject, index, cause: inner }: WireError): Error {
  const cause = inner === undefined ? undefined : fromWire(inner);
  const error =
    index === undefined ? plainError(message, code, subject, cause) : new SampleError(index, cause);
  error.message = message;
  if (stack !== undefined) error.stack = stack;
  return error;
}

function plainError(
  message: string,
  code: ErrorCode | undefined,
  subject: string | undefined,
  cause: Error | undefined,
): Error {
  if (code === undefined) return new Error(message, { cause });
  return new OptimizeError(code, { subject: subject ?? '', expected: '', got: '', cause });
}
