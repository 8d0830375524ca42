import { breathe } from '../breathe.js';
import { fail } from '../errors.js';
import { randomStream } from '../random.js';
import { spread, type Spread } from './stats.js';

/** How long and how often {@link interleave} runs. */
export interface InterleaveOptions {
  /** Orders the sides of every round. */
  readonly seed: number;
  /**
   * Time in ms for which each side runs by itself before anything is timed. Engines compile in
   * stages: below 1500 ms what is timed is often not yet the code that a long run gets. Default 1500.
   */
  readonly warmUpMs?: number;
  /** Time in ms of timed rounds for each side, counted after `minRounds`. Default 2000. */
  readonly timeMs?: number;
  /** Rounds that are timed at least, however slow a side is. Default 10. */
  readonly minRounds?: number;
  /** Rounds at most. Default 1000. */
  readonly maxRounds?: number;
  /**
   * Time in ms that one sample takes at least: faster sides are called several times a sample, so
   * that the clock's resolution does not matter. Default 1.
   */
  readonly minSampleMs?: number;
  readonly signal?: AbortSignal;
  /** Told before each warm-up and after each round. */
  readonly progress?: (message: string, done: number, total: number) => void;
}

/** Times of one side. */
export interface Timing extends Spread {
  /** Milliseconds a call, one sample a round, in the order of the rounds. */
  readonly samples: readonly number[];
  /** Calls in a sample. */
  readonly callsPerSample: number;
}

/** Work to time; a promise is awaited, anything else is not, so that synchronous work costs no tick. */
export type Work = () => unknown;

/**
 * Times several pieces of work against each other: each is warmed up by itself, then in every round
 * each runs once, in an order drawn anew. What the machine does meanwhile so disturbs all sides
 * alike, and medians of a common run can be compared where those of two runs cannot.
 */
export async function interleave<K extends string>(
  sides: Readonly<Record<K, Work>>,
  options: InterleaveOptions,
): Promise<Readonly<Record<K, Timing>>> {
  const names = Object.keys(sides) as K[];
  if (names.length === 0) {
    fail('argument/missing', { subject: 'interleave', expected: 'at least one side', got: 'none' });
  }
  const { warmUpMs = 1500, minSampleMs = 1 } = options;
  const calls = new Map<K, number>();
  let roundMs = 0;
  for (const name of names) {
    options.progress?.(`warming up ${name}`, 0, 1);
    const callMs = await warmUp(sides[name], warmUpMs, options.signal);
    const count = Math.max(1, Math.ceil(minSampleMs / callMs));
    calls.set(name, count);
    roundMs += callMs * count;
  }
  const rounds = planRounds(roundMs, names.length, options);
  const samples = new Map<K, number[]>(names.map((name) => [name, []]));
  const random = randomStream(options.seed);
  for (let round = 0; round < rounds; round++) {
    await breathe(options.signal, 'timing');
    for (const name of shuffled(names, random)) {
      samples.get(name)?.push(await timed(sides[name], calls.get(name) ?? 1));
    }
    options.progress?.('timing', round + 1, rounds);
  }
  const timings = {} as Record<K, Timing>;
  for (const name of names) {
    const own = samples.get(name) ?? [];
    timings[name] = { ...spread(own), samples: own, callsPerSample: calls.get(name) ?? 1 };
  }
  return timings;
}

/** Milliseconds of a single piece of work, for what runs too long to repeat. */
export async function timeOnce(work: Work): Promise<number> {
  return timed(work, 1);
}

/** Runs the work for a time; returns milliseconds a call at the end. */
async function warmUp(work: Work, warmUpMs: number, signal: AbortSignal | undefined): Promise<number> {
  const start = performance.now();
  let fastest = Infinity;
  do {
    await breathe(signal, 'warming up');
    fastest = Math.min(fastest, await timed(work, 1));
  } while (performance.now() - start < warmUpMs);
  // A clock that does not move between two readings says less than its resolution.
  return Math.max(fastest, 1e-4);
}

function planRounds(roundMs: number, sides: number, options: InterleaveOptions): number {
  const { timeMs = 2000, minRounds = 10, maxRounds = 1000 } = options;
  return Math.min(maxRounds, Math.max(minRounds, Math.round((timeMs * sides) / roundMs)));
}

async function timed(work: Work, calls: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    const result = work();
    if (result instanceof Promise) await result;
  }
  return (performance.now() - start) / calls;
}

/** Fisher and Yates' shuffle. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}
