import {
  fail,
  nearest,
  type JsonObject,
  type OptimizerName,
  type Pass,
  type PassFactories,
  type TrainingData,
} from '@tfjs-optimize/core';
import { distill, type DistillOptions, type Teachers } from './distill.js';

/** Options of {@link distillPass}: those of {@link distill} that are data, with names for what is not. */
export interface DistillPassOptions extends Pick<
  DistillOptions,
  'epochs' | 'batchSize' | 'stepsPerEpoch' | 'accumulate' | 'targets' | 'labelSmoothing' | 'clip'
> {
  /** Names under which teachers, data and validation data are given to the run of passes. */
  readonly teacher?: string;
  readonly data?: string;
  readonly validation?: string;
  readonly temperature?: number;
  readonly alpha?: number;
  readonly learningRate?: number;
  /** An optimizer by name. */
  readonly optimizer?: OptimizerName;
}

const NAME = 'distillation/distill';

/** {@link distill} as a step of a pipeline: the model that it is given is the student. */
export function distillPass(options: DistillPassOptions): Pass {
  const { teacher = 'teacher', data = 'data', validation, ...settings } = options;
  return {
    name: NAME,
    options: {
      teacher,
      data,
      ...(validation === undefined ? {} : { validation }),
      ...settings,
    } as unknown as JsonObject,
    run: async (model, { inputs, seed, signal, progress }) => {
      const result = await distill(model, inputs.need<Teachers>(teacher), {
        ...settings,
        data: inputs.need<TrainingData>(data),
        ...(validation === undefined ? {} : { validation: inputs.need<TrainingData>(validation) }),
        seed,
        progress,
        ...(signal === undefined ? {} : { signal }),
      });
      const last = result.history.at(-1);
      return {
        model: result.model,
        changed: true,
        notes: [
          {
            level: 'info',
            kind: 'did',
            message: `${last?.steps ?? 0} steps; the last epoch's loss is ${last?.numbers['loss']?.toPrecision(4)}`,
          },
        ],
      };
    },
  };
}

const OPTIONS: Readonly<Record<keyof DistillPassOptions, 'number' | 'string' | 'object'>> = {
  ...{ teacher: 'string', data: 'string', validation: 'string', targets: 'string', optimizer: 'string' },
  ...{ epochs: 'number', batchSize: 'number', stepsPerEpoch: 'number', accumulate: 'number' },
  ...{ temperature: 'number', alpha: 'number', learningRate: 'number', labelSmoothing: 'number' },
  clip: 'object',
};

/** A recipe whose options are misspelt would run with others. */
function refuseUnknown(options: JsonObject): void {
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(OPTIONS, name) ? OPTIONS[name as keyof typeof OPTIONS] : undefined;
    if (kind !== undefined && typeof value === kind) continue;
    const near = kind === undefined ? nearest(name, Object.keys(OPTIONS)) : undefined;
    fail('argument/invalid', {
      subject: `${NAME}: ${name}`,
      expected: kind === undefined ? `one of ${Object.keys(OPTIONS).join(', ')}` : `a ${kind}`,
      got: kind === undefined ? 'an option of another name' : (JSON.stringify(value) ?? 'none'),
      ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
    });
  }
}

/** The pass of this package for recipes. */
export const distillationPasses: PassFactories = {
  [NAME]: (options) => {
    if (typeof options['epochs'] !== 'number') {
      fail('argument/invalid', {
        subject: `${NAME}: epochs`,
        expected: 'a number of epochs',
        got: JSON.stringify(options['epochs']) ?? 'none',
      });
    }
    refuseUnknown(options);
    return distillPass(options as unknown as DistillPassOptions);
  },
};
