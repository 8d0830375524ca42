import type { JsonObject } from '@tfjs-optimize/core';
import type { ExitStatus } from './exit.js';
import type { Colours, Streams } from './terminal/streams.js';
import type { ProgressView } from './terminal/progress.js';

/** What every command works with. */
export interface Session {
  readonly streams: Streams;
  /** Colours for stdout. */
  readonly colours: Colours;
  readonly progress: ProgressView;
  /** Fires on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a command found, in both forms; only one is printed. */
export interface Outcome {
  readonly status: ExitStatus;
  /** For `--json`: the whole result, without the fields that every document has. */
  readonly document: JsonObject;
  /** For people; made only when it is printed. */
  readonly text: () => string;
}
