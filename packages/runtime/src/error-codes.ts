/**
 * Every code that an error of this package can carry. Codes are stable: they may be added to, never renamed.
 * `@tfjs-optimize/core` has codes of its own; a code that stands in both lists means the same in both.
 */
export const RUNTIME_ERROR_CODES: Readonly<Record<RuntimeErrorCode, string>> = {
  aborted: 'The work was cancelled through its AbortSignal or by Ctrl-C.',
  'argument/invalid': 'A value given to a function or command has the wrong form.',
  'io/format': 'A file is there but is not what it should be (not JSON, not a model).',
  'io/manifest': 'The weights manifest contradicts itself or the weight files.',
  'io/network': 'A download failed.',
  'io/not-found': 'A model file or folder does not exist.',
  'io/shard': 'A weight file is missing, truncated or too long.',
  'io/unsafe': 'A model file holds keys or sizes that are refused for safety.',
  'packed/version': 'Packed weights are of a version that this release does not read, or tell none.',
  'packed/coding': 'A packed weight is in a coding that this release does not know.',
  'packed/metadata': 'What a model.json says of its packed weights contradicts the model.',
  'packed/checksum': 'The bytes of packed weights are not those that were written.',
  'runtime/attribute': 'A node of an integer op lacks an attribute or has one out of range.',
  'runtime/input': "The inputs of an integer op are of a wrong type, or their sizes don't fit each other.",
  'runtime/gradient': 'A gradient was asked for through an integer op, which has none.',
};

/** One of the stable error codes. */
export type RuntimeErrorCode =
  | 'aborted'
  | 'argument/invalid'
  | 'io/format'
  | 'io/manifest'
  | 'io/network'
  | 'io/not-found'
  | 'io/shard'
  | 'io/unsafe'
  | 'packed/version'
  | 'packed/coding'
  | 'packed/metadata'
  | 'packed/checksum'
  | 'runtime/attribute'
  | 'runtime/input'
  | 'runtime/gradient';
