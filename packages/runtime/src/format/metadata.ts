import { fail } from '../errors.js';

/** Key of `userDefinedMetadata` under which a model.json tells how its weights are packed. */
export const PACKED_KEY = 'tfjsOptimizePacked';

/** The version of the packed format that this release writes, and the highest that it reads. */
export const PACKED_VERSION = 1;

/** Before the type of stored weights that stock TensorFlow.js does not know, in `quantization.dtype`. */
export const STORED_PREFIX = '@tfjs-optimize/runtime:';

/** Types of stored weights beyond those of stock TensorFlow.js. */
export const STORED_TYPES = ['int8', 'bfloat16'] as const;

/** A type of stored weights beyond those of stock TensorFlow.js. */
export type StoredType = (typeof STORED_TYPES)[number];

/** How `quantization.dtype` of a weights manifest names a type; stock TensorFlow.js refuses it by that name. */
export function storedDType(type: StoredType): string {
  return `${STORED_PREFIX}${type}`;
}

/**
 * The type that `quantization.dtype` of a weight names; undefined for those of stock TensorFlow.js.
 * @throws `packed/coding` for one that this release does not know.
 */
export function storedType(dtype: unknown, weight: string): StoredType | undefined {
  if (typeof dtype !== 'string' || !dtype.startsWith(STORED_PREFIX)) return undefined;
  const named = dtype.slice(STORED_PREFIX.length);
  return (
    STORED_TYPES.find((type) => type === named) ??
    fail('packed/coding', {
      subject: `weight '${weight}'`,
      expected: `to be stored as ${STORED_TYPES.join(' or ')}`,
      got: `'${named}'`,
      advice: 'Update @tfjs-optimize/runtime',
    })
  );
}

/** A checksum over the bytes of all weights in the order of the manifest, however they are cut into files. */
export interface Checksum {
  readonly kind: 'crc32';
  /** Eight hexadecimal digits, in lower case. */
  readonly value: string;
}

/**
 * A float weight that stands in the file as a product which stock TensorFlow.js computes at each run: whole numbers
 * from -127 to 127 by a scale for each channel. Who knows the format puts one weight in the place of the product.
 */
export interface ChannelWeight {
  readonly coding: 'int8';
  /** The first axis that counts channels; `scaleShape` tells how many do. */
  readonly axis: number;
  /** Names of the constants that hold the whole numbers and the scales; files may leave out those of {@link partNames}. */
  readonly values: string;
  readonly scales: string;
}

/** The names of the parts of a product, where its description does not tell others. */
export function partNames(
  name: string,
  {
    values = `${name}/int8`,
    scales = `${name}/scale`,
  }: { readonly values?: string; readonly scales?: string },
): { readonly values: string; readonly scales: string } {
  return { values, scales };
}

/** What {@link PACKED_KEY} holds. */
export interface PackedMetadata {
  readonly version: number;
  readonly checksum: Checksum;
  /** Weights that stand in the file as products, by the name of the node that computes them. */
  readonly weights?: Readonly<Record<string, ChannelWeight>>;
}

/**
 * Reads what `userDefinedMetadata` says of packed weights; undefined where it says nothing.
 * @param location the file, for errors.
 * @throws `packed/version`, `packed/coding`, `packed/metadata`.
 */
export function readPackedMetadata(metadata: unknown, location: string): PackedMetadata | undefined {
  const packed = isObject(metadata) ? metadata[PACKED_KEY] : undefined;
  if (packed === undefined || packed === null) return undefined;
  const subject = `packed weights of ${location}`;
  if (!isObject(packed)) return contradiction(subject, 'an object', typeof packed);
  const { version, checksum, weights = {} } = packed;
  if (!Number.isInteger(version) || (version as number) < 1 || (version as number) > PACKED_VERSION) {
    fail('packed/version', {
      subject,
      expected: `version ${PACKED_VERSION}`,
      got: `version ${JSON.stringify(version) ?? 'none'}`,
      advice: 'Update @tfjs-optimize/runtime',
    });
  }
  if (!isObject(weights)) return contradiction(subject, 'an object', typeof weights);
  return {
    version: version as number,
    checksum: checksumOf(checksum, subject),
    weights: Object.fromEntries(
      Object.entries(weights).map(([name, value]) => [name, channelWeight(name, value)]),
    ),
  };
}

function checksumOf(checksum: unknown, subject: string): Checksum {
  const { kind, value } = isObject(checksum) ? checksum : {};
  if (kind === 'crc32' && typeof value === 'string' && /^[0-9a-f]{8}$/.test(value)) return { kind, value };
  const got = JSON.stringify(checksum) ?? 'none';
  return contradiction(subject, 'a crc32 of 8 digits', got);
}

function channelWeight(name: string, json: unknown): ChannelWeight {
  const subject = `packed weight '${name}'`;
  const { coding, axis, values = '', scales = '' } = isObject(json) ? json : {};
  if (coding !== 'int8') {
    fail('packed/coding', {
      subject,
      expected: "the coding 'int8'",
      got: JSON.stringify(coding) ?? 'none',
      advice: 'Update @tfjs-optimize/runtime',
    });
  }
  if (typeof axis !== 'number' || typeof values !== 'string' || typeof scales !== 'string') {
    return contradiction(subject, 'an axis and the names of values and scales', JSON.stringify(json));
  }
  const named = { ...(values === '' ? {} : { values }), ...(scales === '' ? {} : { scales }) };
  return { coding, axis, ...partNames(name, named) };
}

/** Throws `packed/metadata`. */
export function contradiction(subject: string, expected: string, got: string): never {
  return fail('packed/metadata', {
    subject,
    expected,
    got: got.slice(0, 120),
    advice: 'The model.json was changed after it was written',
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
