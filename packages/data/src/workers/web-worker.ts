/*
 * What a Web Worker runs: `@tfjs-optimize/data/worker`.
 */
import { holdLock } from './lock.js';
import { serve } from './serve.js';
import type { Hello } from './web-workers.js';
import type { Message, Response } from './wire.js';

/** What of its surroundings a worker uses; the types of pages do not know them. */
interface WorkerScope {
  postMessage(message: Response | Hello, buffers: readonly ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: Message }) => void): void;
  addEventListener(type: 'unhandledrejection', listener: (event: PromiseRejectionEvent) => void): void;
  reportError(error: unknown): void;
}

const scope = globalThis as unknown as WorkerScope;
const held = holdLock();
void held.then((lock) => scope.postMessage({ lock }, []));
// As in Node.js, where a rejection that nobody handles is an error that nobody catches.
scope.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  scope.reportError(event.reason);
});
serve({
  post: (response, buffers = []) => scope.postMessage(response, buffers),
  // Nothing is begun before the end of this worker would be noticed.
  listen: (hear) => scope.addEventListener('message', ({ data }) => void held.then(() => hear(data))),
  breathe: turn,
});

/** One turn of the event loop, which timers would make wait for 4 ms. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
