import { fail, nearest, type JsonObject } from '@tfjs-optimize/core';
import type { Range } from '../numerics/qparams.js';

/**
 * How the range of a value is chosen from what it is over calibration data. A value of plain JSON, so that recipes can
 * hold it; {@link observers} makes them.
 */
export interface Observer {
  readonly name: ObserverName;
  readonly options: JsonObject;
}

/** Sees a value, batch by batch, and tells its range. */
export interface Watcher {
  /** @param range of these numbers, which are finite and not none. */
  observe(values: Float32Array, range: Range): void;
  /** The range chosen, from what was seen so far; at least one batch. */
  range(): Range;
}

/** The names of observers. */
export type ObserverName = 'minMax' | 'movingAverage' | 'percentile' | 'entropy' | 'histogram' | 'mse';

/** All that was seen, outliers included. */
export interface MinMaxOptions {
  /** As far below zero as above. */
  readonly symmetric?: boolean;
}

/** Averages of the least and the greatest of each batch. */
export interface MovingAverageOptions {
  /** How much a batch counts, above 0 up to 1: 0.01 unless told. `mean`: all batches alike. */
  readonly constant?: number | 'mean';
}

/** Cuts what is outermost. */
export interface PercentileOptions {
  /** Percent of numbers to keep, above 0 up to 100: 99.99 unless told; half of the rest is cut at each end. */
  readonly percentile?: number;
  /** Keeps that many percent of magnitudes, as far below zero as above. */
  readonly symmetric?: boolean;
  readonly bins?: number;
}

/** Loses the least information. */
export interface EntropyOptions {
  readonly bins?: number;
  /** Levels of the quantized distribution that a window is compared with: 256 unless told. */
  readonly levels?: number;
}

/** The L2 error of a uniform density in each bin, as PyTorch's HistogramObserver weighs it. */
export interface HistogramOptions {
  readonly bins?: number;
}

/** The least mean squared error. */
export interface MseOptions {
  readonly bins?: number;
  /** Levels of the quantized value: 256 unless told. */
  readonly levels?: number;
  /** As far below zero as above. */
  readonly symmetric?: boolean;
}

type Check = (value: unknown) => boolean;

const whole =
  (least: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= 2 ** 20;
const flag: Check = (value) => typeof value === 'boolean';
const above0 =
  (most: number): Check =>
  (value) =>
    typeof value === 'number' && value > 0 && value <= most;

interface OptionKind {
  readonly expected: string;
  readonly fits: Check;
}
const BINS: OptionKind = { expected: 'a whole number from 16 to 2^20', fits: whole(16) };
const LEVELS: OptionKind = { expected: 'a whole number from 2 to 2^20', fits: whole(2) };
const SYMMETRIC: OptionKind = { expected: 'true or false', fits: flag };

/** What options each observer has. */
const OPTIONS: Readonly<Record<ObserverName, Readonly<Record<string, OptionKind>>>> = {
  minMax: { symmetric: SYMMETRIC },
  movingAverage: {
    constant: {
      expected: "a number above 0 up to 1, or 'mean'",
      fits: (value) => value === 'mean' || above0(1)(value),
    },
  },
  percentile: {
    percentile: { expected: 'a number above 0 up to 100', fits: above0(100) },
    symmetric: SYMMETRIC,
    bins: BINS,
  },
  entropy: { bins: BINS, levels: LEVELS },
  histogram: { bins: BINS },
  mse: { bins: BINS, levels: LEVELS, symmetric: SYMMETRIC },
};

const make =
  <T extends object>(name: ObserverName) =>
  (options?: T): Observer =>
    checkObserver({ name, options: { ...options } as JsonObject });

/**
 * Makes observers. `minMax` never clips; `movingAverage` smooths batches (PyTorch); `percentile` and `entropy` are
 * ONNX Runtime's and TensorRT's; `histogram` is PyTorch's search; `mse` searches both ends for the least squared error.
 */
export const observers = {
  minMax: make<MinMaxOptions>('minMax'),
  movingAverage: make<MovingAverageOptions>('movingAverage'),
  percentile: make<PercentileOptions>('percentile'),
  entropy: make<EntropyOptions>('entropy'),
  histogram: make<HistogramOptions>('histogram'),
  mse: make<MseOptions>('mse'),
} as const;

/**
 * Refuses what is no observer, as a recipe written by hand may hold it.
 * @throws `argument/invalid` naming the option.
 */
export function checkObserver(observer: unknown): Observer {
  const { name, options = {} } = (
    typeof observer === 'string' ? { name: observer } : (observer ?? {})
  ) as Partial<Observer>;
  const known = name === undefined || !Object.hasOwn(OPTIONS, name) ? undefined : OPTIONS[name];
  if (known === undefined) {
    const near = nearest(String(name), Object.keys(OPTIONS));
    return fail('argument/invalid', {
      subject: 'observer',
      expected: `one of ${Object.keys(OPTIONS).join(', ')}`,
      got: typeof observer === 'object' ? `name ${JSON.stringify(name)}` : JSON.stringify(observer),
      ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
    });
  }
  for (const [key, value] of Object.entries(options)) {
    const kind = Object.hasOwn(known, key) ? known[key] : undefined;
    if (kind?.fits(value)) continue;
    fail('argument/invalid', {
      subject: `observer ${name}: ${key}`,
      expected: kind?.expected ?? `one of ${Object.keys(known).join(', ')}`,
      got: kind === undefined ? 'an option of another name' : (JSON.stringify(value) ?? 'none'),
    });
  }
  return { name: name as ObserverName, options };
}
