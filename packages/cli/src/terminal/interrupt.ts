import { EXIT } from '../exit.js';

/** Turns Ctrl-C and SIGTERM into an AbortSignal. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** The status to end with when work was cancelled. */
  status(): number;
  /** Stops listening. */
  release(): void;
}

/**
 * Listens for Ctrl-C (SIGINT) and SIGTERM. The first asks the work to stop at its next safe point;
 * a second ends the process at once.
 * @param onFirst called once, to tell the user that stopping is under way.
 */
export function listenForInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let status: number = EXIT.interrupted;
  const stop = (name: NodeJS.Signals): void => {
    status = name === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    if (controller.signal.aborted) process.exit(status);
    onFirst();
    controller.abort(new Error(name));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    status: () => status,
    release: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
