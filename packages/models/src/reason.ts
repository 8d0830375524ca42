/** What went wrong, in the words of an error and of the one underneath: `fetch failed` tells nothing by itself. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (!(cause instanceof Error)) return message;
  // Of several addresses that were tried, the error has a code alone.
  const inner = cause.message || ('code' in cause ? String(cause.code) : cause.name);
  return `${message}: ${inner}`;
}
