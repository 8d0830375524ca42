import {
  checkOptions,
  fail,
  optionKinds,
  shapeText,
  valueText,
  type Random,
} from '@tfjs-optimize/core/plain';
import { fieldOf, type Field, type Sample } from '../sample.js';
import { cropped, flipped, noisy, shifted, type Grid } from './pixels.js';

/** A random change of one field, as plain data: `augment` makes them. */
export type Augmentation =
  | ({ readonly augment: 'shift' } & ShiftOptions)
  | ({ readonly augment: 'flip' } & FlipOptions)
  | ({ readonly augment: 'crop' } & CropOptions)
  | ({ readonly augment: 'noise' } & NoiseOptions);

/** Options that all augmentations have. */
export interface FieldOptions {
  /** Name of the field that is changed: `image` unless told. */
  readonly field?: string;
}

export interface ShiftOptions extends FieldOptions {
  /** Farthest that anything moves, as a share of the height and the width (of the length, for sound), 0 to 1. */
  readonly by: number;
  /** What stands where nothing moved to; 0 unless told. */
  readonly fill?: number;
}

export interface FlipOptions extends FieldOptions {
  /** `'horizontal'` mirrors left and right. That is what is done unless told. */
  readonly axis?: 'horizontal' | 'vertical';
  /** How often it is done, 0 to 1; half of the time unless told. */
  readonly probability?: number;
}

export interface CropOptions extends FieldOptions {
  /** Height and width of what is left, or the length of sound. */
  readonly size: number | readonly [height: number, width: number];
  /** So many rows and columns of zeros are put around it first; none unless told. */
  readonly padding?: number;
}

export interface NoiseOptions extends FieldOptions {
  /** Standard deviation of what is added, in the units of the field, 0 or more. Bytes are rounded and stay from 0 to 255. */
  readonly deviation: number;
}

const { number, text, share } = optionKinds;
const positive = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;
const size = {
  expected: 'a whole number from 1 up, or [height, width]',
  fits: (value: unknown): boolean =>
    positive(value) || (Array.isArray(value) && value.length === 2 && value.every(positive)),
};
const finite = number('a finite number', Number.isFinite);
const amount = number('a number from 0 up', (value) => value >= 0 && value < Infinity);
const whole = number('a whole number from 0 up', (value) => Number.isInteger(value) && value >= 0);

/**
 * Random changes of images `[height, width, channels]` or `[height, width]`, and of sound `[length]`: to be given as
 * `transform`. What they draw hangs on the seed, the epoch and the number of the sample alone.
 * Each throws `argument/invalid` for options that are not of their kind.
 */
export const augment = {
  /** Moves along both sides by a whole number of pixels, each way alike. */
  shift(options: ShiftOptions): Augmentation {
    checkOptions<ShiftOptions>(
      options,
      { field: text, by: share, fill: finite },
      { where: 'shift', needed: ['by'] },
    );
    return { augment: 'shift', ...options };
  },
  /** Mirrors. */
  flip(options: FlipOptions = {}): Augmentation {
    const axis = optionKinds.oneOf('horizontal', 'vertical');
    checkOptions<FlipOptions>(options, { field: text, axis, probability: share }, { where: 'flip' });
    return { augment: 'flip', ...options };
  },
  /** Takes a part at a random place. */
  crop(options: CropOptions): Augmentation {
    checkOptions<CropOptions>(
      options,
      { field: text, size, padding: whole },
      { where: 'crop', needed: ['size'] },
    );
    return { augment: 'crop', ...options };
  },
  /** Adds normal noise. */
  noise(options: NoiseOptions): Augmentation {
    checkOptions<NoiseOptions>(
      options,
      { field: text, deviation: amount },
      { where: 'noise', needed: ['deviation'] },
    );
    return { augment: 'noise', ...options };
  },
} as const;

export function isAugmentation(value: unknown): value is Augmentation {
  return (
    typeof value === 'object' &&
    value !== null &&
    'augment' in value &&
    Object.hasOwn(augment, value.augment as string)
  );
}

/** The change itself. */
export function augmentationOf(
  made: Augmentation,
): (sample: Sample, context: { readonly random: Random }) => Sample {
  const name = made.field ?? 'image';
  return (sample, { random }) => {
    const given = fieldOf(sample[name]);
    if (given === undefined || given.shape.length < 1 || given.shape.length > 3) {
      return fail('data/shape', {
        subject: `field '${name}' for ${made.augment}`,
        expected: 'numbers of shape [height, width, channels], [height, width] or [length]',
        got: given === undefined ? valueText(sample[name]) : `shape ${shapeText(given.shape)}`,
      });
    }
    return { ...sample, [name]: changed(made, given, random) };
  };
}

function changed(made: Augmentation, given: Field, random: Random): Field {
  const view = grid(given);
  const symmetric = (limit: number): number => random.integer(2 * limit + 1) - limit;
  switch (made.augment) {
    case 'shift': {
      const { by, fill = 0 } = made;
      const down = symmetric(Math.floor(by * view.height));
      const right = symmetric(Math.floor(by * view.width));
      return { ...given, values: shifted(view, down, right, fill) };
    }
    case 'flip': {
      const { axis = 'horizontal', probability = 0.5 } = made;
      return random.uniform() < probability
        ? { ...given, values: flipped(view, axis === 'vertical') }
        : given;
    }
    case 'crop':
      return crop(made, given, view, random);
    case 'noise':
      return { ...given, values: noisy(given.values, () => random.normal(0, made.deviation)) };
  }
}

function grid({ values, shape }: Field): Grid {
  const [height, width, channels] = (
    shape.length === 1 ? [1, shape[0], 1] : [shape[0], shape[1], shape[2] ?? 1]
  ) as [number, number, number];
  return { values, height, width, channels };
}

function crop({ size: wanted, padding = 0 }: CropOptions, given: Field, view: Grid, random: Random): Field {
  const isSound = given.shape.length === 1;
  const [height, width] = Array.isArray(wanted)
    ? (wanted as [number, number])
    : [isSound ? 1 : (wanted as number), wanted as number];
  const rows = isSound ? 0 : padding;
  const room = [view.height + 2 * rows - height, view.width + 2 * padding - width] as const;
  if (Math.min(...room) < 0) {
    fail('data/shape', {
      subject: 'crop',
      expected: `at least ${height} by ${width} with its padding`,
      got: `${view.height + 2 * rows} by ${view.width + 2 * padding}`,
    });
  }
  const top = random.integer(room[0] + 1) - rows;
  const left = random.integer(room[1] + 1) - padding;
  return {
    values: cropped(view, top, left, height, width),
    shape: isSound ? [width] : [height, width, ...given.shape.slice(2)],
  };
}
