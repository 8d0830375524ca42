import { builtIn, fileBeside } from '@tfjs-optimize/core/plain';
import { messageOf } from '../thrown.js';
import type { Start } from './port.js';
import type { Response } from './wire.js';

/** Worker threads of Node.js, which hold no process that waits for none of them. */
export async function nodeThreads(): Promise<Start> {
  const file = await fileBeside('node-worker');
  const { Worker } = await builtIn('worker_threads');
  return ({ hear, over }) => {
    const worker = new Worker(file, ownOptions());
    worker.unref();
    let complaint: string | undefined;
    worker.on('message', (response: Response) => hear(response));
    worker.on('error', (error) => (complaint = messageOf(error)));
    worker.on('exit', (code) => over(complaint ?? `exit status ${code}`));
    return {
      send: (message) => worker.postMessage(message),
      hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
      async end() {
        await worker.terminate();
      },
    };
  };
}

/**
 * Workers inherit the options of Node.js that this process was started with, of which they refuse one: that tells in what
 * form a program of the command line is written.
 */
function ownOptions(): { readonly execArgv?: string[] } {
  if (!process.execArgv.some((each) => each.startsWith('--input-type'))) return {};
  const isProgram = (each: string | undefined): boolean => /^(-e|--eval|-p|--print|-pe)$/.test(each ?? '');
  const kept = process.execArgv.filter((each, i, all) => {
    return !isProgram(each) && !isProgram(all[i - 1]) && !each.startsWith('--input-type');
  });
  return { execArgv: kept };
}
