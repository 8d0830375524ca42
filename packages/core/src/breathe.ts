import { throwIfAborted } from './errors.js';

/**
 * Lets the event loop turn once, so that timers, signals such as Ctrl-C and messages are heard between
 * pieces of synchronous work, then throws `aborted` if the signal has fired.
 */
export async function breathe(signal: AbortSignal | undefined, subject: string): Promise<void> {
  await new Promise<void>((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
  throwIfAborted(signal, subject);
}
