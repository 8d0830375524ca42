import type { io } from '@tensorflow/tfjs-core';
import { channelRun, scaleShape } from '../format/channels.js';
import { decodeBfloat16, decodeChannels, decodeInt8 } from '../format/codecs.js';
import { fail } from '../errors.js';
import {
  contradiction,
  storedType,
  type ChannelWeight,
  type PackedMetadata,
  type StoredType,
} from '../format/metadata.js';
import type { ByteReader } from './reader.js';

/** A weight as stock TensorFlow.js takes it. */
export interface Decoded {
  readonly spec: io.WeightsManifestEntry;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How to decode; see `PackedOptions`. */
export interface DecodeOptions {
  /** Whether a weight of 8-bit numbers stays bytes. */
  readonly staysBytes: (name: string) => boolean;
}

/** Bytes of an element; strings tell their lengths themselves. */
const WIDTHS: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  uint8: 1,
  uint16: 2,
  float16: 2,
  int8: 1,
  bfloat16: 2,
};

/** What an entry of the manifest says, checked. */
interface Entry {
  readonly spec: io.WeightsManifestEntry;
  readonly size: number;
  /** Bytes of an element; undefined for strings. */
  readonly width: number | undefined;
  readonly type: StoredType | undefined;
}

/** Checks a manifest before any of its weights is read. @throws `io/manifest`, `packed/coding`. */
export function checkManifest(specs: readonly io.WeightsManifestEntry[], location: string): Entry[] {
  return specs.map((spec) => {
    const name: unknown = spec?.name;
    const { shape, dtype, quantization } = (spec ?? {}) as Partial<io.WeightsManifestEntry>;
    const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
    const size = isShape ? shape.reduce((product, dim) => product * dim, 1) : Number.NaN;
    const type = storedType(quantization?.dtype, String(name));
    const stored = type ?? quantization?.dtype ?? dtype ?? 'none';
    const width = Object.hasOwn(WIDTHS, stored) ? WIDTHS[stored] : undefined;
    const isKnown = width !== undefined || stored === 'string';
    if (typeof name !== 'string' || !isKnown || !(size * (width ?? 4) < 2 ** 32)) {
      fail('io/manifest', {
        subject: `weight '${String(name)}' of ${location}`,
        expected: 'a name, a shape below 4 GiB and a known dtype',
        got: JSON.stringify(spec).slice(0, 120),
      });
    }
    return { spec, size, width, type };
  });
}

/** Bytes that the weights take in files; at least that many where there are strings. */
export function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { size, width = 4 }) => sum + size * width, 0);
}

/** Decodes weights one after the other as their bytes come. */
export async function decodeWeights(
  entries: readonly Entry[],
  reader: ByteReader,
  metadata: PackedMetadata | undefined,
  options: DecodeOptions,
): Promise<Decoded[]> {
  const products = new Products(metadata);
  const out: Decoded[] = [];
  for (const entry of entries) {
    const { spec, size, width } = entry;
    const bytes =
      width === undefined
        ? await readStrings(reader, size, spec.name)
        : await reader.read(size * width, spec.name);
    const product = products.take({ spec, bytes });
    if (product === undefined) out.push(decoded(entry, bytes, options));
    else if (product !== 'half') out.push(product);
  }
  products.finish();
  return out;
}

function decoded(
  { spec, type }: Entry,
  bytes: Uint8Array<ArrayBuffer>,
  { staysBytes }: DecodeOptions,
): Decoded {
  const { name, shape } = spec;
  if (type === undefined) return { spec, bytes };
  if (type === 'bfloat16')
    return { spec: { name, shape, dtype: 'float32' }, bytes: raw(decodeBfloat16(bytes)) };
  if (staysBytes(name)) return { spec: { name, shape, dtype: 'bool' }, bytes };
  return { spec: { name, shape, dtype: 'int32' }, bytes: raw(decodeInt8(bytes)) };
}

function raw(values: Float32Array | Int32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}

async function readStrings(
  reader: ByteReader,
  count: number,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const length = await reader.read(4, name);
    parts.push(length, await reader.read(new DataView(length.buffer).getUint32(0, true), name));
  }
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Puts together weights that stand in the file as products. */
class Products {
  private readonly ofPart = new Map<string, readonly [name: string, product: ChannelWeight]>();
  private readonly halves = new Map<string, Decoded>();

  constructor(metadata: PackedMetadata | undefined) {
    for (const [name, product] of Object.entries(metadata?.weights ?? {})) {
      this.ofPart.set(product.values, [name, product]);
      this.ofPart.set(product.scales, [name, product]);
    }
  }

  /** The whole weight once both parts are there; undefined for a weight that is part of none. */
  take(part: Decoded): Decoded | 'half' | undefined {
    const found = this.ofPart.get(part.spec.name);
    if (found === undefined) return undefined;
    this.ofPart.delete(part.spec.name);
    const [name, product] = found;
    this.halves.set(part.spec.name, part);
    const [values, scales] = [this.halves.get(product.values), this.halves.get(product.scales)];
    if (values === undefined || scales === undefined) return 'half';
    this.halves.delete(product.values);
    this.halves.delete(product.scales);
    return multiplied(name, product, values, scales);
  }

  finish(): void {
    for (const [part, [name]] of this.ofPart) {
      contradiction(
        `packed weight '${name}'`,
        `the constant '${part}' among the weights`,
        'none of that name',
      );
    }
  }
}

function multiplied(name: string, { axis }: ChannelWeight, values: Decoded, scales: Decoded): Decoded {
  const { shape, dtype, quantization: { dtype: stored, scale, min } = {} } = values.spec;
  const count = scales.bytes.byteLength / 4;
  const fits =
    dtype === 'float32' &&
    stored === 'uint8' &&
    scale === 1 &&
    min === -128 &&
    scales.spec.dtype === 'float32' &&
    scales.spec.quantization === undefined &&
    scaleShape(shape, axis, count)?.join() === scales.spec.shape.join();
  if (!fits) {
    contradiction(
      `packed weight '${name}'`,
      `uint8 values of min -128 and float32 scales along axis ${axis}`,
      `${JSON.stringify(values.spec)} and ${JSON.stringify(scales.spec)}`,
    );
  }
  const factors = new Float32Array(scales.bytes.buffer);
  const floats = decodeChannels(values.bytes, factors, channelRun(shape, axis, count), 128);
  return { spec: { name, shape, dtype: 'float32' }, bytes: raw(floats) };
}
