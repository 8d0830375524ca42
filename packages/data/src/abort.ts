/** What is called when a signal fires, and the one listener of it that calls all. */
const calls = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls when a signal fires, with one listener for all that hang on it: Node.js warns of a leak where there are more than ten,
 * and requests of one caller may be thousands.
 * @returns what takes the call back.
 */
export function onAbort(signal: AbortSignal | undefined, call: () => void): () => void {
  if (signal === undefined) return () => {};
  const waiting = calls.get(signal) ?? new Set();
  if (!calls.has(signal)) {
    calls.set(signal, waiting);
    signal.addEventListener('abort', () => waiting.forEach((each) => each()), { once: true });
  }
  waiting.add(call);
  return () => void waiting.delete(call);
}
