import type { Message, Response } from './wire.js';

/** A worker as the pool has it, whatever carries it. */
export interface Thread {
  send(message: Message): void;
  /** Whether the process is to live as long as it does, where that is asked. */
  hold(isHeld: boolean): void;
  /** Ends it at once, and waits until it is gone. */
  end(): Promise<void>;
}

/** What the pool hears of a worker, and never before {@link Start} has given it. */
export interface Hearing {
  hear(response: Response): void;
  /** Told once it is gone or can do no more. @param how in words, such as `exit status 3`. */
  over(how: string): void;
}

/** Starts a worker. */
export type Start = (hearing: Hearing) => Thread;

/** The pool as a worker has it. */
export interface ParentPort {
  /** @param buffers given away with it. */
  post(response: Response, buffers?: readonly ArrayBuffer[]): void;
  listen(hear: (message: Message) => void): void;
  /** Lets the event loop turn, so that messages are heard. */
  breathe(): Promise<void>;
}
