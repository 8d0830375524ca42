import * as tf from '@tensorflow/tfjs';
import {
  activationsOf,
  asyncNodeOf,
  checkOptions,
  executorOf,
  fail,
  optionKinds,
  runKeepingAll,
  valueId,
  type Model,
  type OptionKinds,
  type Progress,
  type Stage,
  type ValueId,
} from '@tfjs-optimize/core';
import { checkObserver, observers, type Observer, type Watcher } from '../observers/observer.js';
import { scan, watch } from '../observers/watch.js';
import { requireFloat } from '../source.js';
import { inputBatches } from './batches.js';
import type { CalibrationData } from './data.js';
import { rangesFact, usableRange, type Ranges, type ValueRange } from './ranges.js';
import { namedValues, valueInWords } from './watched.js';

/** Options of {@link calibrate}. */
export interface CalibrateOptions {
  /** Examples like those that the model will see; some dozens to hundreds. */
  readonly data: CalibrationData;
  /** How ranges are chosen; `observers.minMax()` unless told. */
  readonly observer?: Observer;
  /** The values to watch; all activations of floats unless told. */
  readonly values?: readonly ValueId[];
  /** Examples at once, where data lie in memory; 8 unless told. All values of a batch are held at once. */
  readonly batchSize?: number;
  /** Examples at most; 512 unless told. Of data in memory they are drawn by the seed. */
  readonly limit?: number;
  /** Draws the order of data in memory; 0 unless told. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

const SUBJECT = 'calibrate';

const { anything, list } = optionKinds;
const OPTIONS: OptionKinds<CalibrateOptions> = {
  ...{ data: anything, observer: anything, values: list, batchSize: anything, limit: anything },
  ...{ seed: anything, signal: anything, progress: anything },
};

/**
 * Runs a model over data and notes the ranges of its values, which quantization to integers needs. The same data, options
 * and seed give the same ranges. The model given stays as it is, and no tensors are left.
 *
 * Rewrite the graph first (fold batch norms, fuse, equalize): ranges are of the values that there are.
 *
 * @returns the model with the fact `quantization/ranges`; ranges of values found before and not watched now are kept.
 * @throws `quantization/data` without data, for empty ones and for NaN or infinities in them; `model/input` for data of
 *   another shape or type; `quantization/not-finite` naming the first value that becomes NaN or infinite;
 *   `quantization/layer` for a value that is not there; `argument/invalid`; `model/stage` for integer models;
 *   `aborted`.
 */
export async function calibrate<S extends Stage>(
  model: Model<S>,
  options: CalibrateOptions,
): Promise<Model<S>> {
  checkOptions<CalibrateOptions>(options, OPTIONS, { where: SUBJECT });
  const { seed = 0, batchSize = 8, limit = 512, signal, progress } = options;
  const observer = checkObserver(options.observer ?? observers.minMax());
  requireFloat(model, SUBJECT);
  const values =
    options.values === undefined ? activationsOf(model) : namedValues(model, options.values, SUBJECT);
  const run = new Calibration(model, values, observer);
  const reading = { batchSize, limit, seed, signal };
  try {
    for await (const { inputs, count, total } of inputBatches(model, options.data, reading, SUBJECT)) {
      await run.see(inputs, count);
      progress?.({ task: SUBJECT, done: run.examples, ...(total !== undefined && { total }) });
    }
  } finally {
    run.dispose();
  }
  const before = model.facts.get(rangesFact)?.values;
  const ranges = run.ranges();
  const facts = model.facts.with(rangesFact, {
    ...ranges,
    values: before === undefined ? ranges.values : new Map([...before, ...ranges.values]),
  });
  return model.with<S>({ facts });
}

interface Watched {
  readonly watcher: Watcher;
  min: number;
  max: number;
}

class Calibration {
  examples = 0;
  private readonly watched = new Map<ValueId, Watched>();
  /** A model of its own, whose tensors are gone at the end. */
  private readonly runner: Model;
  private readonly isAsync: boolean;

  constructor(
    private readonly model: Model,
    private readonly values: readonly ValueId[],
    private readonly observer: Observer,
  ) {
    this.runner = model.with({});
    this.isAsync = asyncNodeOf(model.graph) !== undefined;
  }

  async see(inputs: Record<string, tf.Tensor>, count: number): Promise<void> {
    await this.look(inputs);
    this.examples += count;
  }

  private async look(inputs: Record<string, tf.Tensor>): Promise<void> {
    if (this.isAsync) {
      const seen = new Set(this.values);
      const read: { value: ValueId; data: Float32Array }[] = [];
      for (const { key, value } of this.model.signature.inputs) {
        const tensor = inputs[key] as tf.Tensor;
        if (!seen.has(value) || tensor.dtype !== 'float32') continue;
        read.push({ value, data: (await tensor.data()) as Float32Array });
      }
      await runKeepingAll(this.runner, inputs, async (kept) => {
        for (const { node, index, tensor } of kept) {
          const value = valueId(node, index);
          if (seen.has(value) && tensor.dtype === 'float32') {
            read.push({ value, data: (await tensor.data()) as Float32Array });
          }
        }
      });
      for (const { value, data } of read) this.observe(value, data);
      return;
    }
    const tensors = executorOf(this.runner).execute(inputs, this.values);
    try {
      for (const [i, tensor] of tensors.entries()) {
        if (tensor.dtype !== 'float32') continue;
        this.observe(this.values[i] as ValueId, (await tensor.data()) as Float32Array);
      }
    } finally {
      tf.dispose(tensors);
    }
  }

  private observe(value: ValueId, data: Float32Array): void {
    if (data.length === 0) return;
    const { min, max, finite } = scan(data);
    if (!finite) this.refuse(value, data);
    const entry = this.watched.get(value) ?? { watcher: watch(this.observer), min, max };
    this.watched.set(value, entry);
    entry.watcher.observe(data, { min, max });
    entry.min = Math.min(entry.min, min);
    entry.max = Math.max(entry.max, max);
  }

  /** Values come in the order in which they are computed, so that the first that is refused is the cause. */
  private refuse(value: ValueId, data: Float32Array): never {
    const bad = data.find((number) => !Number.isFinite(number));
    if (this.model.graph.get(value)?.op === 'Placeholder') {
      return fail('quantization/data', {
        subject: `${SUBJECT}: input '${value}'`,
        expected: 'finite numbers',
        got: `${bad} among examples ${this.examples} and after`,
        advice: 'Clean the data',
      });
    }
    return fail('quantization/not-finite', {
      subject: `${SUBJECT}: ${valueInWords(this.model, value)}`,
      expected: 'finite numbers',
      got: `${bad} for examples ${this.examples} and after`,
      advice: 'Look for NaN among its weights, and for numbers far outside of what the model was trained on',
    });
  }

  ranges(): Ranges {
    const values = new Map<ValueId, ValueRange>();
    for (const value of this.values) {
      const entry = this.watched.get(value);
      if (entry === undefined) continue;
      const { watcher, min, max } = entry;
      values.set(value, usableRange(watcher.range(), min === max ? min : undefined));
    }
    return { observer: this.observer, examples: this.examples, values };
  }

  dispose(): void {
    this.runner.dispose();
  }
}
