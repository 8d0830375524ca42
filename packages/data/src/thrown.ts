import { fail, isOptimizeError } from '@tfjs-optimize/core/plain';

/** What was thrown, in words: of anything at all, which may have a message that is no text, or one that throws. */
export function messageOf(thrown: unknown): string {
  return textOf(() => (thrown instanceof Error ? thrown.message : thrown)) ?? 'what cannot be told in words';
}

/** What `read` gives, as text; undefined where that, or making text of it, throws. */
export function textOf(read: () => unknown): string | undefined {
  try {
    return String(read());
  } catch {
    return undefined;
  }
}

/** Throws what code of the caller threw, with the code of an error of this project, or as `data/code`. */
export function failThrown(cause: unknown, subject: string, expected: string): never {
  const code = isOptimizeError(cause) ? cause.code : 'data/code';
  return fail(code, { subject, expected, got: messageOf(cause), cause });
}
