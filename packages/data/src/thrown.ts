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
