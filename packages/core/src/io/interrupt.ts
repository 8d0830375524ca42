import { builtIn } from '../built-in.js';
/*
 * What is left of a save when the process ends in the middle of it. Saving cleans up after errors
 * and aborts by itself; `process.exit()` during a save is covered by the exit hook here, and Ctrl-C by
 * `abortOnInterrupt`, which turns it into an abort. A process that is killed outright leaves a hidden
 * `.name.tmp-…` folder beside the target, never a half model under its name.
 */

const folders = new Set<string>();
let removeSync: ((path: string, options: { recursive: true; force: true }) => void) | undefined;

/** Marks a temporary folder that must not outlive the process. */
export function unfinished(folder: string): void {
  if (folders.size === 0) process.once('exit', removeUnfinished);
  folders.add(folder);
  void builtIn('fs').then((fs) => (removeSync = fs.rmSync));
}

/** Takes the mark away: the folder was renamed or removed. */
export function finished(folder: string): void {
  folders.delete(folder);
  if (folders.size === 0) process.removeListener('exit', removeUnfinished);
}

function removeUnfinished(): void {
  for (const folder of folders) {
    try {
      removeSync?.(folder, { recursive: true, force: true });
    } catch {
      // The process is ending; what cannot be removed now stays hidden beside the target.
    }
  }
}

/** See {@link abortOnInterrupt}. */
export interface Interruption {
  /** Aborts on Ctrl-C (SIGINT) and on SIGTERM. */
  readonly signal: AbortSignal;
  /** Gives the signals back to whoever handled them before. */
  stop(): void;
}

/**
 * For command lines on Node: an AbortSignal that fires on Ctrl-C, to be handed to loading, passes and
 * saving, each of which then cleans up and throws `aborted`. A second Ctrl-C ends the process at once
 * with exit status 130.
 */
export function abortOnInterrupt(): Interruption {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error(name));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      process.removeListener('SIGINT', onSignal);
      process.removeListener('SIGTERM', onSignal);
    },
  };
}
