import {
  fail,
  nearest,
  type JsonObject,
  type Pass,
  type PassFactories,
  type ValueId,
} from '@tfjs-optimize/core';
import { checkObserver, observers, type Observer } from '../observers/observer.js';
import { calibrate } from './calibrate.js';
import type { CalibrationData } from './data.js';
import { notesOnRanges, rangesFact } from './ranges.js';

/** Options of {@link calibratePass}: those of `calibrate` that are data. */
export interface CalibratePassOptions {
  /** The name under which data are given to the run of passes: `data` unless told. */
  readonly data?: string;
  readonly observer?: Observer;
  readonly values?: readonly ValueId[];
  readonly batchSize?: number;
  readonly limit?: number;
}

const NAME = 'quantization/calibrate';

/** `calibrate` as a step of a pipeline; the seed is that of the run. */
export function calibratePass(options: CalibratePassOptions = {}): Pass {
  const { data = 'data', observer = observers.minMax(), ...settings } = options;
  checkObserver(observer);
  return {
    name: NAME,
    options: { data, observer, ...settings } as unknown as JsonObject,
    takes: 'float',
    gives: [rangesFact],
    asks: [data],
    run: async (model, { inputs, seed, signal, progress }) => {
      const calibrated = await calibrate(model, {
        ...settings,
        data: inputs.need<CalibrationData>(data),
        observer,
        seed,
        progress,
        ...(signal !== undefined && { signal }),
      });
      const ranges = calibrated.facts.need(rangesFact);
      const message = `ranges of ${ranges.values.size} values over ${ranges.examples} examples (${observer.name})`;
      return {
        model: calibrated,
        changed: true,
        notes: [{ level: 'info', kind: 'did', message }, ...notesOnRanges(ranges)],
      };
    },
  };
}

const OPTIONS: Readonly<Record<keyof CalibratePassOptions, (value: unknown) => boolean>> = {
  data: (value) => typeof value === 'string',
  observer: (value) => typeof value === 'object' && value !== null,
  values: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  batchSize: (value) => typeof value === 'number',
  limit: (value) => typeof value === 'number',
};

/** The pass for recipes. */
export const calibratePasses: PassFactories = {
  [NAME]: (options) => {
    for (const [key, value] of Object.entries(options)) {
      const fits = Object.hasOwn(OPTIONS, key) ? OPTIONS[key as keyof typeof OPTIONS] : undefined;
      if (fits?.(value)) continue;
      const near = fits === undefined ? nearest(key, Object.keys(OPTIONS)) : undefined;
      fail('argument/invalid', {
        subject: `${NAME}: ${key}`,
        expected: fits === undefined ? `one of ${Object.keys(OPTIONS).join(', ')}` : 'a value of its type',
        got: fits === undefined ? 'an option of another name' : (JSON.stringify(value) ?? 'none'),
        ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
      });
    }
    return calibratePass(options);
  },
};
