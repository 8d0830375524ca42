import type { Progress } from '../pass.js';
import type { EpochRecord } from './history.js';

/** Milliseconds between breaths, in which signals are heard, and between lines of progress. */
const BREATH = 20;
const LINE = 1000;

/** Tells how far training is, and how long it may take. */
export class Clock {
  private readonly start = performance.now();
  private first = 0;
  private breathed = 0;
  private told = 0;

  constructor(
    private readonly steps: number,
    private readonly progress: ((event: Progress) => void) | undefined,
  ) {}

  /** Steps that were done before, in another process. */
  from(step: number): void {
    this.first = step;
  }

  /** Whether the event loop has not turned for a while. */
  get isBreathDue(): boolean {
    const now = performance.now();
    if (now - this.breathed < BREATH) return false;
    this.breathed = now;
    return true;
  }

  /** A step is done. */
  tick(step: number, epoch: number, numbers: Readonly<Record<string, number>>): void {
    const now = performance.now();
    if (this.progress === undefined || now - this.told < LINE) return;
    this.told = now;
    const each = (now - this.start) / (step - this.first);
    const left = Number.isFinite(this.steps) ? `, ${timeText(each * (this.steps - step))} left` : '';
    this.progress({
      task: 'train',
      done: step,
      ...(Number.isFinite(this.steps) ? { total: this.steps } : {}),
      message: `epoch ${epoch + 1}, ${numbersText(numbers)}${left}`,
    });
  }

  /** An epoch is done. */
  epochDone({ epoch, numbers, steps }: EpochRecord, epochs: number): void {
    this.progress?.({
      task: 'train',
      done: steps,
      ...(Number.isFinite(this.steps) ? { total: this.steps } : {}),
      message: `epoch ${epoch + 1} of ${epochs}: ${numbersText(numbers)}`,
    });
  }
}

function numbersText(numbers: Readonly<Record<string, number>>): string {
  return Object.entries(numbers)
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    .join(', ');
}

function timeText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
