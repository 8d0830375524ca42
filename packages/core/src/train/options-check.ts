import { fail } from '../errors.js';
import { nearest } from '../nearest.js';

/** What an option must be. */
export interface Kind {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
  /** Options inside of it. */
  readonly inner?: Kinds;
}

/** What options there are. */
export type Kinds = Readonly<Record<string, Kind>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
const isNumber = (value: unknown): value is number => typeof value === 'number';

/** Anything: what is looked at elsewhere. */
const anything: Kind = { expected: '', fits: () => true };
const code: Kind = { expected: 'a function', fits: (value) => typeof value === 'function' };
const flag: Kind = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const text: Kind = {
  expected: 'a name that is not empty',
  fits: (value) => typeof value === 'string' && value !== '',
};
const whole: Kind = {
  expected: 'a whole number from 1 up',
  fits: (value) => Number.isInteger(value) && (value as number) >= 1,
};
const notNegative: Kind = {
  expected: 'a number of at least 0',
  fits: (value) => isNumber(value) && value >= 0,
};
const positive: Kind = { expected: 'a number above 0', fits: (value) => isNumber(value) && value > 0 };
const share: Kind = {
  expected: 'a number from 0 to 1',
  fits: (value) => isNumber(value) && value >= 0 && value <= 1,
};
const seed: Kind = { expected: 'a safe integer', fits: Number.isSafeInteger };
const signal: Kind = {
  expected: 'the signal of an AbortController',
  fits: (value) => isObject(value) && typeof value['aborted'] === 'boolean',
};
const list: Kind = { expected: 'a list', fits: Array.isArray };
const shapes: Kind = {
  expected: 'shapes by the names of inputs, such as { tokens: [null, 40] }',
  fits: (value) => isObject(value) && Object.values(value).every(Array.isArray),
};

function group(inner: Kinds): Kind {
  const names = Object.keys(inner).join(', ');
  return { expected: `an object of ${names}`, fits: isObject, inner };
}

/** Options that a training and a measurement share. */
const objective: Kinds = {
  data: anything,
  batchSize: whole,
  loss: {
    expected: 'a loss, or a list of one {loss, weight} or more',
    fits: (value) => !Array.isArray(value) || (value.length > 0 && value.every(isObject)),
  },
  metrics: { ...list, expected: "a list, such as ['accuracy']" },
  inputShapes: shapes,
  signal,
};

export const EVALUATE_OPTIONS: Kinds = objective;

export const REESTIMATE_OPTIONS: Kinds = { batchSize: whole, inputShapes: shapes, signal, progress: code };

export const FIT_OPTIONS: Kinds = {
  ...objective,
  epochs: whole,
  shuffle: flag,
  augment: code,
  stepsPerEpoch: whole,
  accumulate: whole,
  optimizer: {
    expected: 'a name, or an optimizer of TensorFlow.js',
    fits: (value) =>
      typeof value === 'string' || (isObject(value) && typeof value['applyGradients'] === 'function'),
  },
  learningRate: {
    expected: 'a number of at least 0, or a schedule',
    fits: (value) => typeof value === 'function' || (isNumber(value) && value >= 0 && value < Infinity),
  },
  clip: group({ norm: positive, value: positive }),
  validation: anything,
  earlyStopping: group({ watch: text, patience: notNegative, least: notNegative, higherIsBetter: flag }),
  restoreBest: flag,
  callbacks: group({ onStep: code, onEpoch: code }),
  checkpoint: group({ folder: text, everySteps: whole, resume: flag }),
  seed,
  progress: code,
  trainable: {
    expected: 'names of weights, or a test of a name',
    fits: (value) => typeof value === 'function' || Array.isArray(value),
  },
  trainsBatchNorm: flag,
  momentum: share,
};

/**
 * Refuses options that are not of their kind, that are missing, or that nobody knows; `undefined` is as if not given.
 * @param needed names that must be there.
 */
export function checkOptions(
  options: unknown,
  kinds: Kinds,
  needed: readonly string[],
  subject = 'options',
): void {
  if (!isObject(options)) {
    fail('argument/invalid', { subject, expected: group(kinds).expected, got: described(options) });
  }
  const place = subject === 'options' ? '' : `${subject}.`;
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) refuseUnknown(`${place}${name}`, name, Object.keys(kinds));
    if (value === undefined) continue;
    if (!kind.fits(value))
      fail('argument/invalid', {
        subject: `${place}${name}`,
        expected: kind.expected,
        got: described(value),
      });
    if (kind.inner !== undefined)
      checkOptions(value, kind.inner, name === 'checkpoint' ? ['folder'] : [], `${place}${name}`);
  }
  for (const name of needed) {
    if (options[name] !== undefined) continue;
    const expected = kinds[name]?.expected ?? '';
    fail('argument/invalid', {
      subject: `${place}${name}`,
      expected: expected === '' ? 'a value' : expected,
      got: 'nothing',
    });
  }
}

function refuseUnknown(subject: string, name: string, known: readonly string[]): never {
  const near = nearest(name, known);
  return fail('argument/invalid', {
    subject,
    expected: `one of the options ${known.join(', ')}`,
    got: `'${name}'`,
    ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
  });
}

function described(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value === null) return 'null';
  return typeof value === 'object' || typeof value === 'function'
    ? typeof value === 'object'
      ? 'an object'
      : 'a function'
    : String(value);
}
