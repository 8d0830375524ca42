import * as tf from '@tensorflow/tfjs';
import {
  breathe,
  checkOptions,
  checkInputs,
  disposeBatch,
  executorOf,
  fail,
  optionKinds,
  Random,
  type Model,
  type Note,
  type OptionKinds,
  type Stage,
  type ValueId,
} from '@tfjs-optimize/core';
import { calibrationSource, type CalibrationData } from '../calibrate/data.js';
import { requireFloat } from '../source.js';
import { findPairs, inputChannels, type Pair } from './pairs.js';
import { Rescaler } from './scale.js';

/** Options of {@link equalize}. */
export interface EqualizeOptions {
  /**
   * Examples like those that the model will see. With them, factors follow the ranges that channels take over data; without,
   * the ranges of weights.
   */
  readonly data?: CalibrationData;
  /** Examples at once, where data lie in memory; 8 unless told. */
  readonly batchSize?: number;
  /** Examples at most; 512 unless told. */
  readonly limit?: number;
  /** Draws the order of data in memory; 0 unless told. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** An equalized model. */
export interface Equalized<S extends Stage = Stage> {
  readonly model: Model<S>;
  readonly changed: boolean;
  readonly notes: readonly Note[];
}

const SUBJECT = 'equalize';

const { anything } = optionKinds;
const OPTIONS: OptionKinds<EqualizeOptions> = {
  ...{ data: anything, batchSize: anything, limit: anything, seed: anything, signal: anything },
};

/** Rounds over all pairs by weights; the factors of a round are near 1 after a few. */
const ROUNDS = 20;
/** How far a ReLU6 stays above what was seen of a channel. */
const MARGIN = 1.2;
/** Channels that hardly say anything are not blown up further than this. */
const MOST = 64;

/**
 * Cross-layer equalization: between two layers with ReLU or nothing between them, each channel is multiplied by a factor
 * and divided by it again, which changes nothing in float and evens out what int8 rounds with one scale.
 *
 * - By weights (Nagel et al. 2019, equation 11): `s = √(r₁ · r₂) / r₂` of the ranges that a channel's weights have in the
 *   first and in the second layer, until that settles. A ReLU6 does not let factors through: such pairs stay, with a note.
 * - By data: channels are scaled up to the range of the widest one, a ReLU6's 6 at most. A factor above 1 in front of a ReLU6
 *   only moves where a channel is cut to 1.2 times the largest that was seen of it.
 *
 * Equalize before calibrating.
 *
 * @throws `quantization/data` for data that are none; `model/stage` for integer models; `aborted`.
 */
export async function equalize<S extends Stage>(
  model: Model<S>,
  options: EqualizeOptions = {},
): Promise<Equalized<S>> {
  checkOptions<EqualizeOptions>(options, OPTIONS, { where: SUBJECT });
  requireFloat(model, SUBJECT);
  const { pairs, declined, reading } = findPairs(model);
  const notes: Note[] = declined.map(({ unit, reason }) => ({
    level: 'info',
    kind: 'declined',
    subject: unit.node.name,
    message: `${unit.op} is not equalized: ${reason}`,
  }));
  const rescaler = new Rescaler(model, reading);
  const open = options.data === undefined ? pairs.filter(({ ceiling }) => ceiling === undefined) : pairs;
  if (options.data === undefined) {
    for (const { first, ceiling } of pairs) {
      if (ceiling === undefined) continue;
      const message = `${first.op} is not equalized: it is clamped at ${ceiling}; give data, or equalize without that clamp`;
      notes.push({ level: 'info', kind: 'declined', subject: first.node.name, message });
    }
    byWeights(open, rescaler);
  } else if (open.length > 0) {
    const maxima = await channelMaxima(model, open, { ...options, data: options.data });
    for (const [at, pair] of open.entries()) rescaler.scale(pair, byRange(pair, maxima[at] as Float64Array));
  }
  if (open.length === 0) return { model, changed: false, notes };
  const message = `${open.length} pairs of layers were equalized`;
  return {
    model: rescaler.finish() as Model<S>,
    changed: true,
    notes: [{ level: 'info', kind: 'did', message }, ...notes],
  };
}

function byWeights(pairs: readonly Pair[], rescaler: Rescaler): void {
  for (let round = 0; round < ROUNDS; round++) {
    let furthest = 1;
    for (const pair of pairs) {
      const leaving = new Float64Array(pair.channels);
      rescaler.kernel(pair.first).forEach((w, i) => widen(leaving, i % pair.channels, w));
      const inputs = inputChannels(pair.second);
      const entering = new Float64Array(pair.channels);
      const { kernel, op } = pair.second;
      const step = op === 'MatMul' ? pair.second.channels : (kernel.shape.at(-1) as number);
      rescaler.kernel(pair.second).forEach((w, i) => widen(entering, Math.floor(i / step) % inputs, w));
      const factors = leaving.map((r1, c) => {
        const r2 = entering[c] as number;
        return r1 > 0 && r2 > 0 ? Math.sqrt(r1 * r2) / r1 : 1;
      });
      rescaler.scale(pair, factors);
      for (const factor of factors) furthest = Math.max(furthest, factor, 1 / factor);
    }
    if (furthest < 1.01) break;
  }
}

function widen(ranges: Float64Array, channel: number, value: number): void {
  ranges[channel] = Math.max(ranges[channel] as number, Math.abs(value));
}

function byRange({ ceiling }: Pair, maxima: Float64Array): Float64Array {
  const widest = ceiling ?? maxima.reduce((a, b) => Math.max(a, b), 0);
  return maxima.map((seen) => (seen > 0 ? Math.min(Math.max(1, widest / (MARGIN * seen)), MOST) : 1));
}

/** The greatest magnitude of each channel between the layers of pairs. */
async function channelMaxima(
  model: Model,
  pairs: readonly Pair[],
  {
    data,
    batchSize = 8,
    limit = 512,
    seed = 0,
    signal,
  }: EqualizeOptions & { readonly data: CalibrationData },
): Promise<Float64Array[]> {
  const source = calibrationSource(data, SUBJECT);
  const random = Random.of(seed).fork('quantization/equalize');
  const maxima = pairs.map(({ channels }) => new Float64Array(channels));
  const values: ValueId[] = pairs.map(({ first }) => first.node.name);
  const runner = model.with({});
  let examples = 0;
  try {
    for await (const batch of source.batches(0, { batchSize, random })) {
      try {
        await breathe(signal, SUBJECT);
        const inputs = checkInputs(model.signature, batch.inputs);
        const tensors = await executorOf(runner).executeAsync(inputs, values);
        for (const [at, tensor] of tensors.entries()) {
          const most = maxima[at] as Float64Array;
          const numbers = await tensor.data();
          for (let i = 0; i < numbers.length; i++) widen(most, i % most.length, numbers[i] as number);
        }
        tf.dispose(tensors);
        examples += Object.values(inputs)[0]?.shape[0] ?? 1;
      } finally {
        disposeBatch(batch);
      }
      if (examples >= limit) break;
    }
  } finally {
    runner.dispose();
  }
  if (examples === 0) {
    fail('quantization/data', { subject: SUBJECT, expected: 'at least one example', got: 'none' });
  }
  return maxima;
}
