import {
  builtIn,
  checkOptions,
  fail,
  optionKinds,
  throwIfAborted,
  valueText,
  type OptionKinds,
  type Weight,
} from '@tfjs-optimize/core';
import { checkWeight, refuseState, type StateDict } from '../state-dict.js';
import { encodeTensor, type EncodedTensor, type FloatType } from './encode.js';
import { LENGTH_BYTES, MAX_HEADER_BYTES } from './header.js';
import { failFile, pathOf } from './source.js';
import { TENSOR_TYPES } from './types.js';

/** How tensors are written. */
export interface EncodeOptions {
  /** Kept in the file beside the tensors, as text. PyTorch's readers ask for `{format: 'pt'}`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** The type that all floats are rounded to; that which each is stored in unless given. */
  readonly floats?: FloatType | undefined;
}

/** How a file is written. */
export interface WriteSafetensorsOptions extends EncodeOptions {
  /** Replace a file that is there. */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const FLOAT_TYPES = ['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const satisfies FloatType[];
const METADATA = '__metadata__';

const ENCODE: OptionKinds<EncodeOptions> = {
  metadata: {
    expected: 'an object of strings',
    fits: (value) =>
      optionKinds.object.fits(value) &&
      Object.values(value as object).every((each) => typeof each === 'string'),
  },
  floats: optionKinds.oneOf(...FLOAT_TYPES),
};
const WRITE: OptionKinds<WriteSafetensorsOptions> = {
  ...ENCODE,
  overwrite: optionKinds.flag,
  signal: optionKinds.anything,
};

/**
 * Tensors as the bytes of a safetensors file: the widest first, so that all are aligned, by name among those of one
 * width, as its Rust writer does it. The same tensors give the same bytes.
 * @throws `models/weight` for strings, and for numbers that the type of floats does not reach; `argument/invalid` for what is
 *   no map of weights.
 */
export function encodeSafetensors(
  state: StateDict | Iterable<readonly [string, Weight]>,
  options: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  checkOptions(options, ENCODE);
  const pieces = piecesOf(entriesOf(state), options);
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}

/** The tensors by name, each looked at. */
function entriesOf(state: unknown): (readonly [string, Weight])[] {
  const isList = typeof state === 'object' && state !== null && Symbol.iterator in state;
  if (!isList) refuseState(state);
  return Array.from(state as Iterable<unknown>, (entry, i) => {
    const [name, weight] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof name !== 'string') {
      fail('argument/invalid', {
        subject: `state, entry ${i}`,
        expected: 'a name and a Weight',
        got: valueText(entry),
        advice: 'Give a Map of weights by their names',
      });
    }
    checkWeight(weight, `tensor '${name}'`);
    return [name, weight] as const;
  });
}

function piecesOf(
  entries: readonly (readonly [string, Weight])[],
  { metadata, floats }: EncodeOptions,
): Uint8Array[] {
  const tensors = entries.map(([name, weight]) => encodeTensor(name, weight, floats));
  const width = ({ type }: EncodedTensor): number => TENSOR_TYPES[type].bytes;
  tensors.sort((a, b) => width(b) - width(a) || (a.name < b.name ? -1 : 1));
  const fields: [string, unknown][] = metadata === undefined ? [] : [[METADATA, metadata]];
  let at = 0;
  for (const { name, type, shape, bytes } of tensors) {
    if (name === METADATA) {
      fail('models/weight', {
        subject: `tensor '${name}'`,
        expected: 'another name',
        got: 'that of the notes',
      });
    }
    fields.push([name, { dtype: type, shape, data_offsets: [at, at + bytes.byteLength] }]);
    at += bytes.byteLength;
  }
  return [...headOf(fields), ...tensors.map(({ bytes }) => bytes)];
}

/** The length and the header, padded with spaces so that the tensors begin at a multiple of 8. */
function headOf(entries: readonly [string, unknown][]): [Uint8Array, Uint8Array] {
  // Not JSON.stringify of an object: it would put names that are numbers first.
  const fields = entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const padded = new Uint8Array(Math.ceil(text.byteLength / 8) * 8).fill(0x20);
  padded.set(text);
  if (padded.byteLength > MAX_HEADER_BYTES) {
    fail('models/weight', {
      subject: 'state dict',
      expected: `names and shapes of at most ${MAX_HEADER_BYTES} bytes`,
      got: `${padded.byteLength}`,
    });
  }
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.byteLength), true);
  return [length, padded];
}

/**
 * Writes a safetensors file: under a hidden name first, flushed, then renamed, so that there is never half a file.
 * @param file path or file:// URL.
 * @throws `io/exists` where it is there and `overwrite` was not asked for, other `io/…`, `aborted`, and as
 *   {@link encodeSafetensors}.
 */
export async function writeSafetensors(
  file: string,
  state: StateDict | Iterable<readonly [string, Weight]>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  checkOptions(options, WRITE);
  if (typeof file !== 'string' || file === '') {
    fail('argument/invalid', {
      subject: 'file',
      expected: 'a path or file:// URL',
      got: valueText(file),
      advice: 'Name the file first, then the tensors',
    });
  }
  const { overwrite = false, signal } = options;
  const entries = entriesOf(state);
  const [fs, path] = [await builtIn('fs/promises'), await builtIn('path')];
  const target = path.resolve(await pathOf(file));
  const isThere = await fs.stat(target).then(
    () => true,
    () => false,
  );
  if (isThere && !overwrite) {
    fail('io/exists', {
      subject: file,
      expected: 'a file that does not exist yet',
      got: 'one that does',
      advice: 'Choose another name, or write with {overwrite: true}',
    });
  }
  const pieces = piecesOf(entries, options);
  const temp = path.join(
    path.dirname(target),
    `.${path.basename(target)}.tmp-${globalThis.crypto.randomUUID()}`,
  );
  try {
    const handle = await fs.open(temp, 'wx');
    try {
      for (const piece of pieces) {
        throwIfAborted(signal, `writing ${file}`);
        await handle.writeFile(piece);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    throwIfAborted(signal, `writing ${file}`);
    await fs.rename(temp, target);
  } catch (error) {
    await fs.rm(temp, { force: true });
    failFile(error, file, 'to be written');
  }
}
