import { isNode } from '@tfjs-optimize/core/plain';
import { nodeThreads } from './node-threads.js';
import type { Start } from './port.js';
import { webWorkers } from './web-workers.js';

/** How workers are started here. @param worker makes Web Workers, where the program says how. */
export async function startFor(worker: (() => Worker) | undefined): Promise<Start> {
  if (worker !== undefined) return webWorkers(worker);
  if (isNode) return nodeThreads();
  const { ownWorker } = await import('./own-worker.mjs');
  return webWorkers(ownWorker);
}
