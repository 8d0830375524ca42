/*
 * What a worker thread of Node.js runs.
 */
import { builtIn } from '@tfjs-optimize/core/plain';
import type { MessagePort } from 'node:worker_threads';
import { serve } from './serve.js';
import type { Message } from './wire.js';

async function main(): Promise<void> {
  const { parentPort } = await builtIn('worker_threads');
  const port = parentPort as MessagePort;
  serve({
    post: (response, buffers = []) => port.postMessage(response, buffers),
    listen: (hear) => port.on('message', (message: Message) => hear(message)),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  });
}

void main();
