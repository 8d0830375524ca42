import type { FileToWrite } from '../saved-model/folder.js';
import { shapeProto } from '../saved-model/node-def.js';
import { encodeMessage } from '../saved-model/schema.js';
import type { Tensor } from '../saved-model/tensor.js';
import { TYPE_NUMBERS } from '../saved-model/types.js';
import { maskedChecksum } from './checksum.js';
import { compareKeys, tableBytes, type Entry } from './table.js';

/** A variable: its key in the checkpoint, and its value when it is asked for. */
export interface BundledTensor {
  readonly key: string;
  read(): Tensor;
}

/** What every bundle begins with (`tensor_bundle.proto`): one file of data, little-endian, version 1. */
const HEADER = { numShards: 1, endianness: 0, version: { producer: 1 } };

/**
 * The two files of a checkpoint, which TensorFlow calls a tensor bundle
 * (`tensorflow/core/util/tensor_bundle/tensor_bundle.h`): bytes of all tensors one after the other, and a table that
 * tells type, shape, place and checksum of each.
 *
 * One tensor is read at a time, while the data are written. The table is made when it is written itself, after the data.
 *
 * @param prefix path of the files without their endings.
 * @param blockBytes after which a block of the table ends; as TensorFlow does unless told.
 */
export function bundleFiles(
  prefix: string,
  tensors: readonly BundledTensor[],
  blockBytes?: number,
): readonly FileToWrite[] {
  const entries: Entry[] = [[new Uint8Array(), encodeMessage('BundleHeaderProto', HEADER)]];
  const data = {
    *[Symbol.iterator]() {
      let offset = 0;
      for (const { key, read } of tensors) {
        const { bytes, type, shape } = read();
        const fields = {
          dtype: TYPE_NUMBERS[type],
          shape: shapeProto(shape),
          shardId: 0,
          offset,
          size: bytes.byteLength,
          crc32c: maskedChecksum(bytes),
        };
        entries.push([new TextEncoder().encode(key), encodeMessage('BundleEntryProto', fields)]);
        yield bytes;
        offset += bytes.byteLength;
      }
    },
  };
  const index = {
    *[Symbol.iterator]() {
      yield tableBytes(
        entries.sort(([a], [b]) => compareKeys(a, b)),
        blockBytes,
      );
    },
  };
  return [
    { path: `${prefix}.data-00000-of-00001`, pieces: data },
    { path: `${prefix}.index`, pieces: index },
  ];
}
