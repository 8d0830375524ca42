import { breathe } from '../breathe.js';
import { percentile } from './stats.js';

/** Work to time; a promise is awaited, anything else is not, so that synchronous work costs no tick. */
export type Work = () => unknown;

/** Milliseconds since some moment. */
export type Clock = () => number;

/** When a warm-up ends. */
export interface WarmUpLimits {
  /** Time in ms that it takes at least. */
  readonly minMs: number;
  /** Time in ms after which it ends, whether times still fall or not. */
  readonly maxMs: number;
  /** Quick work is called this long in ms, about, between two looks at the clock. */
  readonly sampleMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a warm-up came to. */
export interface WarmedUp {
  readonly calls: number;
  readonly ms: number;
  /** Whether times had stopped falling when it ended. */
  readonly stable: boolean;
  /** Milliseconds a call at its end. */
  readonly callMs: number;
}

/** Something that can be timed, in this process or in another. */
export interface Sampler {
  /** Runs the work until its times have stopped falling, within the limits. */
  warmUp(limits: WarmUpLimits): Promise<WarmedUp>;
  /** Milliseconds a call, over so many calls one after the other. */
  sample(calls: number): Promise<number>;
}

/** A sampler of work in this process. */
export function localSampler(work: Work, clock: Clock = now): Sampler {
  return {
    warmUp: (limits) => settle(work, limits, clock),
    sample: (calls) => timeCalls(work, calls, clock),
  };
}

/** Milliseconds of a single piece of work, for what runs too long to repeat. */
export function timeOnce(work: Work): Promise<number> {
  return timeCalls(work, 1, now);
}

export const now: Clock = () => performance.now();

/** Times may fall by this share from one third of a warm-up to the next and count as stable. */
const STABLE_WITHIN = 0.02;

/**
 * Engines compile in stages, the later ones in the background, and caches and weights fill: calls get
 * faster for a while. They count as stable when the median of the last third of the time is no more than
 * 2 % below that of the third before.
 */
async function settle(work: Work, limits: WarmUpLimits, clock: Clock): Promise<WarmedUp> {
  const start = clock();
  const times: Timed[] = [];
  let batch = 1;
  let calls = 0;
  let nextLook = limits.minMs;
  for (;;) {
    await breathe(limits.signal, 'warming up');
    const callMs = await timeCalls(work, batch, clock);
    const ms = clock() - start;
    calls += batch;
    times.push({ at: ms, callMs });
    if (ms >= Math.min(nextLook, limits.maxMs)) {
      const { last, stable } = thirdsOf(times, ms);
      if (stable || ms >= limits.maxMs) return { calls, ms, stable, callMs: last };
      nextLook = 1.1 * ms;
    }
    if (callMs * batch < limits.sampleMs / 2) batch *= 2;
  }
}

/** Milliseconds a call, and when they were known. */
interface Timed {
  readonly at: number;
  readonly callMs: number;
}

function thirdsOf(times: readonly Timed[], ms: number): { readonly last: number; readonly stable: boolean } {
  const third = (from: number): number[] =>
    times
      .filter(({ at }) => at >= (from / 3) * ms && at <= ((from + 1) / 3) * ms)
      .map(({ callMs }) => callMs);
  const last = percentile(third(2), 0.5);
  const middle = third(1);
  return { last, stable: middle.length > 0 && last >= (1 - STABLE_WITHIN) * percentile(middle, 0.5) };
}

/** Keeps what the work gives in reach, so that no engine leaves out work that nobody asks for. */
export const kept: { result: unknown } = { result: undefined };

async function timeCalls(work: Work, calls: number, clock: Clock): Promise<number> {
  const start = clock();
  for (let i = 0; i < calls; i++) {
    const result = work();
    kept.result = result instanceof Promise ? await result : result;
  }
  return (clock() - start) / calls;
}

/**
 * The smallest step that a clock is seen to make, in ms; 0 for one that does not move by itself.
 * Browsers' clocks step by 0.005 to 1 ms or more, Node's by less than a microsecond.
 */
export function clockStep(clock: Clock): number {
  let smallest = Infinity;
  let last = clock();
  for (let reading = 0, steps = 0; reading < 200_000 && steps < 20; reading++) {
    const time = clock();
    if (time > last) {
      smallest = Math.min(smallest, time - last);
      steps++;
      last = time;
    }
  }
  return smallest === Infinity ? 0 : smallest;
}
