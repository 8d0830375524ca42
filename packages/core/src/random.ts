import { fail } from './errors.js';

/** Numbers uniform in [0, 1), the same sequence for a seed on every machine. */
export type RandomStream = () => number;

/** Mulberry32: 32 bits of state, enough for shuffles, samples and tests; not for secrets. */
export function randomStream(seed: number): RandomStream {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Four words of 32 bits, not all zero. */
export type State = [number, number, number, number];

/** 2^32 divided by the golden ratio, odd: spreads the lanes of a state apart. */
const GOLDEN = 0x9e3779b9;

/**
 * Seeded random numbers for passes and tests: xoshiro128** (Blackman and Vigna, "Scrambled linear
 * pseudorandom number generators", 2018), 128 bits of state, period 2^128 - 1. Not for secrets.
 *
 * Streams that must not depend on each other are forks by name: what one draws does not move the others.
 * Integers, uniform numbers and shuffles are the same on every machine; normal numbers go through the
 * engine's logarithm and cosine and may differ in the last bit.
 */
export class Random {
  private readonly state: State;

  /** @param root the state that numbers start from and that forks are made of. */
  private constructor(private readonly root: State) {
    this.state = [...root];
  }

  /** The stream of a seed: any whole number that a float64 holds exactly. */
  static of(seed: number): Random {
    if (!Number.isSafeInteger(seed)) {
      fail('argument/invalid', { subject: 'seed', expected: 'a safe integer', got: String(seed) });
    }
    return new Random(absorb([0, 0, 0, 0], [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0]));
  }

  /** An independent stream for a purpose: the same for the same seed and name, whatever was drawn before. */
  fork(name: string): Random {
    const bytes = new TextEncoder().encode(name);
    return new Random(absorb(this.root, [bytes.length, ...bytes]));
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
    return nextBits(this.state);
  }

  /** Uniform in [low, high), with 53 random bits; [0, 1) unless told. */
  uniform(low = 0, high = 1): number {
    const unit = ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
    return low + (high - low) * unit;
  }

  /** Normal with the given mean and standard deviation (Box and Muller 1958). */
  normal(mean = 0, deviation = 1): number {
    // 1 - uniform is above 0, so that its logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A whole number in [0, count), each equally likely; count from 1 to 2^32. */
  integer(count: number): number {
    if (!Number.isInteger(count) || count < 1 || count > 2 ** 32) {
      fail('argument/invalid', {
        subject: 'count',
        expected: 'a whole number from 1 to 2^32',
        got: String(count),
      });
    }
    // Numbers of the last, incomplete run of `count` would make the first of a run too likely.
    const limit = 2 ** 32 - (2 ** 32 % count);
    let drawn = this.bits();
    while (drawn >= limit) drawn = this.bits();
    return drawn % count;
  }

  /** A shuffled copy (Fisher and Yates, in Durstenfeld's form). */
  shuffle<T>(items: Iterable<T>): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
    }
    return copy;
  }
}

/** A state with words mixed into each of its four lanes; never all zeros, which xoshiro cannot leave. */
function absorb(state: State, words: readonly number[]): State {
  const next = state.map((lane, i) => {
    let mixed = lane ^ Math.imul(GOLDEN, i + 1);
    for (const word of words) mixed = mix((mixed ^ word) + GOLDEN);
    return mix(mixed ^ i);
  }) as State;
  return next.some((lane) => lane !== 0) ? next : [1, 0, 0, 0];
}

/** The finalizer of MurmurHash3 (Appleby 2011): each bit of the result hangs on each bit of the word. */
function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** One step of xoshiro128**: moves the state on and returns 32 bits. */
export function nextBits(s: State): number {
  const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
  const shifted = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate(s[3], 11);
  return result;
}
