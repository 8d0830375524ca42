import { breathe } from '../breathe.js';
import { fail } from '../errors.js';
import { Random } from '../random.js';
import {
  clockStep,
  localSampler,
  now,
  type Clock,
  type Sampler,
  type WarmedUp,
  type Work,
} from './sampler.js';
import { spread, type Spread } from './stats.js';

/** How long and how often {@link interleave} runs. */
export interface InterleaveOptions {
  /** Orders the sides of every round. */
  readonly seed: number;
  /**
   * Time in ms for which each side runs by itself at least before anything is timed. Engines compile in
   * stages: below 1500 ms what is timed is often not yet the code that a long run gets. Default 1500.
   */
  readonly warmUpMs?: number;
  /**
   * A side whose times still fall goes on warming up until this time in ms. They have stopped falling
   * when the median of the last third of the time is no more than 2 % below that of the third before.
   * Default 4 × `warmUpMs`.
   */
  readonly maxWarmUpMs?: number;
  /** Time in ms of timed rounds for each side, counted after `minRounds`. Default 2000. */
  readonly timeMs?: number;
  /** Rounds that are timed at least, however slow a side is. Default 10, or `maxRounds` if that is less. */
  readonly minRounds?: number;
  /** Rounds at most. Default 1000, or `minRounds` if that is more. */
  readonly maxRounds?: number;
  /**
   * Time in ms that one sample takes at least: faster sides are called several times a sample, so
   * that the clock's resolution does not matter. It is raised to 100 steps of a clock that is coarser,
   * except that 0 always means one call a sample. Default 1.
   */
  readonly minSampleMs?: number;
  readonly signal?: AbortSignal;
  /** Told before each warm-up and after each round. */
  readonly progress?: (message: string, done: number, total: number) => void;
  /** What tells the time; `performance.now` unless a test simulates one. */
  readonly clock?: Clock;
}

/** Times of one side. */
export interface Timing extends Spread {
  /** Milliseconds a call, one sample a round, in the order of the rounds. */
  readonly samples: readonly number[];
  /** Calls in a sample. */
  readonly callsPerSample: number;
  readonly warmUp: WarmedUp;
}

/**
 * Times several pieces of work against each other: each is warmed up by itself, then in every round
 * each runs once, in an order drawn anew. What the machine does meanwhile so disturbs all sides
 * alike, and medians of a common run can be compared where those of two runs cannot.
 *
 * @throws `argument/missing` without sides, `argument/invalid` for options out of range, `aborted`.
 */
export async function interleave<K extends string>(
  sides: Readonly<Record<K, Work>>,
  options: InterleaveOptions,
): Promise<Readonly<Record<K, Timing>>> {
  const { clock = now } = options;
  const samplers = Object.entries<Work>(sides).map(([name, work]) => [name, localSampler(work, clock)]);
  return interleaveSamplers(Object.fromEntries(samplers) as Record<K, Sampler>, options);
}

/** {@link interleave} for sides that need not be in this process. */
export async function interleaveSamplers<K extends string>(
  sides: Readonly<Record<K, Sampler>>,
  options: InterleaveOptions,
): Promise<Readonly<Record<K, Timing>>> {
  const limits = limitsOf(options);
  const random = Random.of(options.seed);
  const { clock, signal, progress } = limits;
  const names = Object.keys(sides) as K[];
  if (names.length === 0) {
    fail('argument/missing', { subject: 'interleave', expected: 'at least one side', got: 'none' });
  }
  const { minSampleMs } = limits;
  const sampleMs = minSampleMs === 0 ? 0 : Math.max(minSampleMs, 100 * clockStep(clock));
  const warm = new Map<K, WarmedUp>();
  for (const name of names) {
    progress(`warming up ${name}`, 0, 1);
    warm.set(name, await sides[name].warmUp({ ...limits.warmUp, sampleMs, signal }));
  }
  const { calls, roundMs } = await calibrate(sides, warm, sampleMs);
  const budgetMs = limits.timeMs * names.length;
  const planned = Math.min(limits.maxRounds, Math.max(limits.minRounds, Math.round(budgetMs / roundMs)));
  const samples = new Map<K, number[]>(names.map((name) => [name, []]));
  const start = clock();
  let taken = 0;
  for (let round = 0; round < limits.maxRounds; round++) {
    if (round >= limits.minRounds && clock() - start >= budgetMs) break;
    await breathe(signal, 'timing');
    for (const name of random.shuffle(names)) {
      samples.get(name)?.push(await sides[name].sample(calls.get(name) as number));
    }
    progress('timing', round + 1, Math.max(planned, round + 1));
    taken = round + 1;
  }
  // Time was up before all rounds that were planned.
  if (taken < planned) progress('timing', taken, taken);
  const timingOf = (name: K): Timing => {
    const own = samples.get(name) as number[];
    return {
      ...spread(own),
      samples: own,
      callsPerSample: calls.get(name) as number,
      warmUp: warm.get(name) as WarmedUp,
    };
  };
  return Object.fromEntries(names.map((name) => [name, timingOf(name)])) as Record<K, Timing>;
}

/** What a round is made of. */
interface Round<K> {
  /** Calls in a sample of each side. */
  readonly calls: ReadonlyMap<K, number>;
  readonly roundMs: number;
}

/**
 * How often each side is called a sample. Quick ones are timed once more, since the warm-up of one side may
 * have made another faster. Where the numbers lie close, all take the largest: what a sample costs beside
 * its calls then weighs on all alike.
 */
async function calibrate<K extends string>(
  sides: Readonly<Record<K, Sampler>>,
  warm: ReadonlyMap<K, WarmedUp>,
  sampleMs: number,
): Promise<Round<K>> {
  const callsIn = (callMs: number): number => Math.max(1, Math.ceil(sampleMs / Math.max(callMs, 1e-6)));
  const calls = new Map<K, number>();
  let roundMs = 0;
  for (const [name, { callMs }] of warm) {
    const ms = callMs > 10 * sampleMs ? callMs : await sides[name].sample(callsIn(callMs));
    calls.set(name, callsIn(ms));
    roundMs += callsIn(ms) * ms;
  }
  const most = Math.max(...calls.values());
  if (most <= 2 * Math.min(...calls.values())) for (const name of calls.keys()) calls.set(name, most);
  return { calls, roundMs };
}

/**
 * Refuses options out of range before any work.
 * @throws `argument/invalid` naming the option.
 */
export function checkInterleaveOptions(options: InterleaveOptions): void {
  limitsOf(options);
  Random.of(options.seed);
}

/** Options, checked and with what was left out filled in. */
function limitsOf(options: InterleaveOptions) {
  const { warmUpMs = 1500, timeMs = 2000, minSampleMs = 1, clock = now, progress = () => {} } = options;
  const maxWarmUpMs = options.maxWarmUpMs ?? 4 * warmUpMs;
  const minRounds = options.minRounds ?? Math.min(10, options.maxRounds ?? 10);
  const maxRounds = options.maxRounds ?? Math.max(1000, minRounds);
  requireRange('warmUpMs', warmUpMs, 0);
  requireRange('maxWarmUpMs', maxWarmUpMs, warmUpMs);
  requireRange('timeMs', timeMs, 0);
  requireRange('minSampleMs', minSampleMs, 0);
  requireRange('minRounds', minRounds, 1, true);
  requireRange('maxRounds', maxRounds, minRounds, true);
  return {
    warmUp: { minMs: warmUpMs, maxMs: maxWarmUpMs },
    timeMs,
    minRounds,
    maxRounds,
    minSampleMs,
    clock,
    signal: options.signal,
    progress,
  };
}

function requireRange(subject: string, value: number, least: number, whole = false): void {
  if (Number.isFinite(value) && value >= least && (!whole || Number.isInteger(value))) return;
  fail('argument/invalid', {
    subject,
    expected: `a ${whole ? 'whole ' : ''}number of at least ${least}`,
    got: String(value),
  });
}
