import { maskedChecksum } from './checksum.js';

/*
 * The sorted table of LevelDB, which TensorFlow uses for the index of a bundle (LevelDB's `doc/table_format.md`,
 * `tensorflow/tsl/lib/io/table_builder.cc`): blocks of entries, an empty block of metadata, an index of the blocks, and
 * a footer that tells where these two are.
 */

/** A key and its value; keys are compared byte by byte. */
export type Entry = readonly [key: Uint8Array, value: Uint8Array];

/** Ends every table. */
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** Bytes of the footer before the magic number: two handles of at most ten bytes for each number. */
const HANDLES_BYTES = 40;
/** A key is written in full at every so many-th entry, and only where it differs from the one before at others. */
const RESTART_INTERVAL = 16;
/** Bytes after which a block ends, as TensorFlow writes bundles. */
const BLOCK_BYTES = 256 * 1024;
/** The kind of a block that is not compressed. */
const PLAIN = Uint8Array.of(0);

/** Bytes that grow. */
class Bytes {
  private readonly parts: Uint8Array[] = [];
  length = 0;

  add(part: Uint8Array): void {
    this.parts.push(part);
    this.length += part.length;
  }

  joined(): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** A table of entries that are in order and each there once. */
export function tableBytes(entries: readonly Entry[], blockBytes = BLOCK_BYTES): Uint8Array {
  const file = new Bytes();
  const index: Entry[] = [];
  let block: Entry[] = [];
  let size = 0;
  const flush = (): void => {
    const last = block.at(-1);
    if (last !== undefined) index.push([last[0], addBlock(file, blockOf(block, RESTART_INTERVAL))]);
    block = [];
    size = 0;
  };
  for (const entry of entries) {
    block.push(entry);
    size += entry[0].length + entry[1].length;
    if (size >= blockBytes) flush();
  }
  flush();
  const metadata = addBlock(file, blockOf([], RESTART_INTERVAL));
  const indexHandle = addBlock(file, blockOf(index, 1));
  const footer = new Uint8Array(HANDLES_BYTES + MAGIC.length);
  footer.set(metadata);
  footer.set(indexHandle, metadata.length);
  footer.set(MAGIC, HANDLES_BYTES);
  file.add(footer);
  return file.joined();
}

/** Adds a block with its kind and checksum, and returns the handle that says where it is. */
function addBlock(file: Bytes, block: Uint8Array): Uint8Array {
  const handle = Uint8Array.from([...varint(file.length), ...varint(block.length)]);
  file.add(block);
  file.add(PLAIN);
  file.add(littleEndian(maskedChecksum(block, PLAIN)));
  return handle;
}

function blockOf(entries: readonly Entry[], interval: number): Uint8Array {
  const block = new Bytes();
  const restarts: number[] = [];
  let before = new Uint8Array();
  for (const [at, [key, value]] of entries.entries()) {
    const isRestart = at % interval === 0;
    if (isRestart) restarts.push(block.length);
    const shared = isRestart ? 0 : commonLength(before, key);
    block.add(Uint8Array.from([...varint(shared), ...varint(key.length - shared), ...varint(value.length)]));
    block.add(key.subarray(shared));
    block.add(value);
    before = key as Uint8Array<ArrayBuffer>;
  }
  if (restarts.length === 0) restarts.push(0);
  for (const restart of restarts) block.add(littleEndian(restart));
  block.add(littleEndian(restarts.length));
  return block.joined();
}

function commonLength(a: Uint8Array, b: Uint8Array): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/** A number of at most 53 bits, seven bits a byte, lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

function littleEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** Compares keys byte by byte. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const shared = commonLength(a, b);
  return (a[shared] ?? -1) - (b[shared] ?? -1);
}
