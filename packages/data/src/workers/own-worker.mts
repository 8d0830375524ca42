/*
 * The one file that is an ES module in every build, since only those know where they lie. Bundlers know this form of
 * words, and put the script of the worker where it finds it.
 */

/** A Web Worker that runs `web-worker.js` beside this file. */
export function ownWorker(): Worker {
  return new Worker(new URL('./web-worker.js', import.meta.url), { type: 'module' });
}
