import {
  checkOptions,
  fail,
  optionKinds,
  type Model,
  type Note,
  type OptionKinds,
  type Progress,
} from '@tfjs-optimize/core';
import { correctBias } from '../bias-correction/correct.js';
import { calibrate, type CalibrateOptions } from '../calibrate/calibrate.js';
import { notesOnRanges, rangesFact } from '../calibrate/ranges.js';
import { equalize } from '../equalize/equalize.js';
import { quantizedResult, type Quantized } from '../result.js';
import { modelOf, refuseFakeQuant, requireFloat, type ModelLike } from '../source.js';
import { convertStatic, type ConvertOptions } from './convert.js';
import { splitActivations } from './split.js';

/** Options of {@link quantizeStatic}. */
export interface QuantizeStaticOptions extends ConvertOptions, Omit<CalibrateOptions, 'values'> {
  /** Evens out the ranges of channels first; see `equalize`. Not unless told. Data must be such as can be read twice. */
  readonly equalize?: boolean;
  /**
   * Corrects biases for what rounding weights moves; see `correctBias`. Done unless told, where data can be read twice: an
   * iterator cannot.
   */
  readonly correctBias?: boolean;
  readonly progress?: (event: Progress) => void;
}

const SUBJECT = 'quantizeStatic';

const { anything, list, code, flag, oneOf, either } = optionKinds;
const layers = either(list, code);
const OPTIONS: OptionKinds<QuantizeStaticOptions> = {
  ...{ include: layers, exclude: layers, equalize: flag, correctBias: flag, io: oneOf('float', 'int8') },
  ...{ granularity: oneOf('channel', 'tensor'), scaleType: oneOf('float32', 'bfloat16') },
  // `calibrate` looks at these.
  ...{ data: anything, observer: anything, batchSize: anything, limit: anything, seed: anything },
  ...{ signal: anything, progress: anything },
};

/**
 * Static int8: measures the ranges of all activations over data, then makes the integer model (see `convertStatic`).
 *
 * Fuse the model first (`inference()` of `@tfjs-optimize/fusion`): batch norms have no integer form.
 *
 * @param source a model of floats, or anything that `loadModel` reads.
 * @returns a model of stage `integer`; the very model given where nothing could become integer, with a note that says so.
 * @throws `argument/invalid` for options that are none, `quantization/data` without data or for bad ones, `quantization/not-finite` for activations that are NaN or
 *   infinite, `quantization/layer` for names that the model does not have, `quantization/range` for weights that are not
 *   finite, `model/stage` for integer models and those with fake quantization, `model/input`, `aborted`.
 */
export async function quantizeStatic(source: ModelLike, options: QuantizeStaticOptions): Promise<Quantized> {
  checkOptions<QuantizeStaticOptions>(options, OPTIONS, { where: SUBJECT });
  refuseIteratorReadTwice(options);
  const given = await modelOf(source);
  requireFloat(given, SUBJECT);
  refuseFakeQuant(given, SUBJECT);
  const notes: Note[] = [];
  let model: Model = splitActivations(given);
  const { data, seed, signal, batchSize, limit } = options;
  const reading = {
    data,
    ...(seed !== undefined && { seed }),
    ...(signal !== undefined && { signal }),
    ...(batchSize !== undefined && { batchSize }),
    ...(limit !== undefined && { limit }),
  };
  if (options.equalize === true) {
    const equalized = await equalize(model, reading);
    model = equalized.model;
    notes.push(...equalized.notes);
  }
  model = await calibrate(model, {
    ...reading,
    ...(options.observer !== undefined && { observer: options.observer }),
    ...(options.progress !== undefined && { progress: options.progress }),
  });
  const ranges = model.facts.need(rangesFact);
  notes.push(...notesOnRanges(ranges));
  if (options.correctBias ?? !isIterator(data)) {
    model = await correctBias(model, {
      ...reading,
      ...(options.include !== undefined && { include: options.include }),
      ...(options.exclude !== undefined && { exclude: options.exclude }),
      ...(options.granularity !== undefined && { granularity: options.granularity }),
      ...(options.scaleType !== undefined && { scaleType: options.scaleType }),
      ...(options.progress !== undefined && { progress: options.progress }),
    });
  }
  if (options.correctBias === undefined && isIterator(data)) {
    const message =
      'biases are not corrected: an iterator can be read once only; give a function that makes one';
    notes.push({ level: 'info', kind: 'declined', message });
  }
  const { include, exclude, io, granularity, scaleType } = options;
  const result = convertStatic(model, (value) => ranges.values.get(value), {
    ...{ include, exclude },
    ...(io !== undefined && { io }),
    ...(granularity !== undefined && { granularity }),
    ...(scaleType !== undefined && { scaleType }),
  });
  return quantizedResult(given, {
    model: result.changed ? result.model : given,
    notes: [...notes, ...result.notes],
  });
}

/** Equalizing and correcting biases read data before and after calibration does. */
function refuseIteratorReadTwice({ data, ...options }: QuantizeStaticOptions): void {
  if (!isIterator(data)) return;
  for (const name of ['equalize', 'correctBias'] as const) {
    if (options[name] !== true) continue;
    fail('quantization/data', {
      subject: `${SUBJECT}: ${name}`,
      expected: 'data that can be read more than once',
      got: 'an iterator',
      advice: 'Give a function that makes one',
    });
  }
}

/** Whether data are gone once they were read. */
function isIterator(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'next' in data && typeof data.next === 'function';
}
