import { checkOptions, fail, optionKinds } from '@tfjs-optimize/core/plain';
import type { Dataset } from '../dataset.js';
import { sizeOf, type Field, type Numbers } from '../sample.js';
import { arrays, type NumberRows } from './arrays.js';
import { pathText, readBytes } from './bytes.js';

/** Options of {@link idx}. */
export interface IdxOptions {
  /** File of one label for each image. */
  readonly labels?: string | URL;
  /** What numbers of images are multiplied by, which makes them floats; they stay what they are unless told. */
  readonly scale?: number;
  /** Whether a size of 1 is put behind images, which counts channels; not so unless told. */
  readonly channels?: boolean;
}

/**
 * Files in the IDX format of MNIST (LeCun, Cortes and Burges), packed by gzip or not: samples `{ image }` and, with
 * labels, `label`.
 * @param images path of a file, or a URL, as of `csv`.
 * @throws `data/idx` naming the byte; `data/shape` where labels are not as many as images; `io/not-found`, `io/permission`,
 *   `io/network`.
 */
export async function idx(images: string | URL, options: IdxOptions = {}): Promise<Dataset> {
  const finite = optionKinds.number('a finite number', Number.isFinite);
  checkOptions<IdxOptions>(options, {
    labels: optionKinds.anything,
    scale: finite,
    channels: optionKinds.flag,
  });
  const { labels, scale, channels = false } = options;
  const { values, shape } = await readIdx(pathText(images, 'images'));
  const image: NumberRows = {
    values,
    shape: channels ? [...shape, 1] : shape,
    ...(scale === undefined ? {} : { scale }),
  };
  return arrays(
    labels === undefined ? { image } : { image, label: await readIdx(pathText(labels, 'labels')) },
  );
}

/** Types by the third byte. */
const TYPES: Readonly<
  Record<number, { readonly bytes: number; read(view: DataView, count: number): Numbers }>
> = {
  0x08: { bytes: 1, read: (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength) },
  0x09: { bytes: 1, read: (view, count) => Int32Array.from({ length: count }, (_, i) => view.getInt8(i)) },
  0x0b: {
    bytes: 2,
    read: (view, count) => Int32Array.from({ length: count }, (_, i) => view.getInt16(2 * i)),
  },
  0x0c: {
    bytes: 4,
    read: (view, count) => Int32Array.from({ length: count }, (_, i) => view.getInt32(4 * i)),
  },
  0x0d: {
    bytes: 4,
    read: (view, count) => Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i)),
  },
  0x0e: {
    bytes: 8,
    read: (view, count) => Float32Array.from({ length: count }, (_, i) => view.getFloat64(8 * i)),
  },
};

/** The numbers of a file, with all sizes. */
async function readIdx(path: string): Promise<Field> {
  const bytes = await unpacked(await readBytes(path), path);
  const refuse = (at: number, expected: string, got: string): never =>
    fail('data/idx', { subject: `${path}, byte ${at}`, expected, got });
  if (bytes.length < 4) refuse(bytes.length, '4 bytes that tell type and sizes', 'the end of the file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0) refuse(0, 'two bytes of 0', `0x${view.getUint16(0).toString(16)}`);
  const [code, rank] = [view.getUint8(2), view.getUint8(3)];
  const type = TYPES[code] ?? refuse(2, 'a type from 0x08 to 0x0e', `0x${code.toString(16)}`);
  if (rank === 0) refuse(3, 'at least one size', 'none');
  const start = 4 + 4 * rank;
  if (bytes.length < start) refuse(bytes.length, `${rank} sizes of 4 bytes`, 'the end of the file');
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const count = sizeOf(shape);
  if (bytes.length - start !== count * type.bytes) {
    refuse(start, `${count * type.bytes} bytes for sizes ${shape.join(' × ')}`, String(bytes.length - start));
  }
  return {
    values: type.read(new DataView(bytes.buffer, bytes.byteOffset + start, count * type.bytes), count),
    shape,
  };
}

async function unpacked(bytes: Uint8Array, path: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    const whole = packed.pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(whole).arrayBuffer());
  } catch (cause) {
    return fail('data/idx', {
      subject: path,
      expected: 'a whole file packed by gzip',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}
