import { released } from './lock.js';
import type { Hearing, Start, Thread } from './port.js';
import type { Response } from './wire.js';

/** What a Web Worker says first: the lock that it holds, where there are locks. */
export interface Hello {
  readonly lock: string | undefined;
}

/** Web Workers. @param make gives a new one, which runs `web-worker.js`. */
export function webWorkers(make: () => Worker): Start {
  return (hearing) => {
    try {
      return threadOf(make(), hearing);
    } catch (error) {
      queueMicrotask(() => hearing.over(error instanceof Error ? error.message : String(error)));
      return { send: () => {}, hold: () => {}, end: async () => {} };
    }
  };
}

function threadOf(worker: Worker, { hear, over }: Hearing): Thread {
  let isOver = false;
  let gone: Promise<void> = Promise.resolve();
  const end = (how: string): void => {
    if (isOver) return;
    isOver = true;
    worker.terminate();
    over(how);
  };
  worker.addEventListener('message', ({ data }: MessageEvent<Response | Hello>) => {
    if (isOver) return;
    if (!('lock' in data)) return hear(data);
    if (data.lock === undefined) return;
    gone = released(data.lock).then(
      () => end('no word of why'),
      () => {},
    );
  });
  // Threads of Node.js end with an error that nobody catches, and so do these.
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    end(event.message === undefined || event.message === '' ? 'a script that does not load' : event.message);
  });
  worker.addEventListener('messageerror', () => end('a message that cannot be read'));
  return {
    send: (message) => worker.postMessage(message),
    hold: () => {},
    async end() {
      worker.terminate();
      await gone;
    },
  };
}
