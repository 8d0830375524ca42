import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '@tfjs-optimize/core';
import { coloursFor, isTerminal, type Streams } from './streams.js';

/** Shows how far long work is. */
export interface ProgressView {
  update(event: Progress): void;
  /** Removes the bar, so that something else can be written; the next update draws it again. */
  clear(): void;
}

/** Shows nothing. */
export const NO_PROGRESS: ProgressView = { update: () => undefined, clear: () => undefined };

/** A bar on a terminal, plain lines elsewhere. Always on stderr: stdout belongs to results. */
export function progressView(streams: Streams): ProgressView {
  return isTerminal(streams.stderr, streams.env) ? new Bar(streams) : new Lines(streams);
}

/** One line when a task begins; its steps are not told one by one, so that logs stay short. */
class Lines implements ProgressView {
  private task: string | undefined;
  constructor(private readonly streams: Streams) {}

  update(event: Progress): void {
    if (event.task === this.task) return;
    this.task = event.task;
    this.streams.stderr.write(`${event.task}\n`);
  }

  clear(): void {}
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** A line that is redrawn in place: a spinner, the task, and a bar where the number of steps is known. */
class Bar implements ProgressView {
  private readonly streams: Streams;
  private bar: SingleBar | undefined;
  private frame = 0;
  private event: Progress = { task: '' };

  constructor(streams: Streams) {
    this.streams = streams;
  }

  update(event: Progress): void {
    this.event = event;
    this.frame = (this.frame + 1) % FRAMES.length;
    if (this.bar === undefined) {
      this.bar = this.make();
      this.bar.start(event.total ?? 1, event.done ?? 0);
    } else {
      this.bar.setTotal(event.total ?? 1);
      this.bar.update(event.done ?? 0);
    }
  }

  clear(): void {
    this.bar?.stop();
    this.bar = undefined;
  }

  private make(): SingleBar {
    const { stderr, env } = this.streams;
    const colours = coloursFor(stderr, env);
    const width = stderr.columns ?? 80;
    const format = (): string => {
      const { task, done, total, message } = this.event;
      const spinner = colours.cyan(FRAMES[this.frame] ?? '');
      const bar = total === undefined ? '' : `  ${drawBar(done ?? 0, Math.max(total, 1))}`;
      const text = message === undefined ? task : `${task}: ${message}`;
      return `${spinner} ${shorten(text, width - 36)}${colours.dim(bar)}`;
    };
    return new SingleBar(
      {
        format,
        stream: stderr as NodeJS.WriteStream,
        clearOnComplete: true,
        hideCursor: true,
        fps: 12,
        synchronousUpdate: true,
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
  }
}

/** Above this, steps are bytes rather than things to count, and a share says more. */
const COUNTABLE = 9999;

function drawBar(done: number, total: number): string {
  const cells = 20;
  const share = Math.min(1, Math.max(0, done / total));
  const full = Math.round(share * cells);
  const count = total > COUNTABLE ? `${Math.round(100 * share)} %` : `${done}/${total}`;
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)} ${count}`;
}

/** Cuts text in its middle, where names of nodes and files differ least. */
export function shorten(text: string, width: number): string {
  if (text.length <= width || width < 3) return text;
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}
