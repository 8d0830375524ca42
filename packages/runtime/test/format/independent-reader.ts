import * as fs from 'node:fs';
import * as path from 'node:path';
import { crc32 } from 'node:zlib';

/*
 * Another reader of the packed format, written from docs/packed-format.md alone: it shares no code with ours.
 */

interface Spec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale: number; readonly min: number };
}

const TYPE = '@tfjs-optimize/runtime:';
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Decoded numbers of all weights of a model in a folder, by name, products put together. */
export function readPacked(folder: string): Map<string, number[]> {
  const json = JSON.parse(fs.readFileSync(path.join(folder, 'model.json'), 'utf8')) as {
    readonly userDefinedMetadata: {
      readonly tfjsOptimizePacked: {
        readonly version: number;
        readonly checksum: { readonly kind: string; readonly value: string };
        readonly weights?: Readonly<
          Record<string, { coding: string; axis: number; values?: string; scales?: string }>
        >;
      };
    };
    readonly weightsManifest: readonly {
      readonly paths: readonly string[];
      readonly weights: readonly Spec[];
    }[];
  };
  const { version, checksum, weights = {} } = json.userDefinedMetadata.tfjsOptimizePacked;
  if (version !== 1 || checksum.kind !== 'crc32') throw new Error('another version');
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  const bytes = Buffer.concat(paths.map((name) => fs.readFileSync(path.join(folder, name))));
  if (crc32(bytes).toString(16).padStart(8, '0') !== checksum.value) throw new Error('another checksum');

  const out = new Map<string, number[]>();
  const shapes = new Map<string, readonly number[]>();
  let at = 0;
  for (const { name, shape, dtype, quantization } of json.weightsManifest.flatMap((group) => group.weights)) {
    const type = quantization?.dtype ?? dtype;
    out.set(
      name,
      Array.from({ length: product(shape) }, () => {
        switch (type) {
          case `${TYPE}int8`:
            return bytes.readInt8(at++);
          case `${TYPE}bfloat16`:
            at += 2;
            return Buffer.of(0, 0, bytes[at - 2] as number, bytes[at - 1] as number).readFloatLE();
          case 'uint8':
            return Math.fround(bytes.readUInt8(at++) * (quantization?.scale ?? 1) + (quantization?.min ?? 0));
          case 'float32':
            at += 4;
            return bytes.readFloatLE(at - 4);
          default:
            throw new Error(`another type: ${type}`);
        }
      }),
    );
    shapes.set(name, shape);
  }
  if (at !== bytes.length) throw new Error('other bytes than the manifest says');

  for (const [name, { coding, axis, values = `${name}/int8`, scales = `${name}/scale` }] of Object.entries(
    weights,
  )) {
    if (coding !== 'int8') throw new Error('another coding');
    const [q, scale] = [out.get(values) ?? [], out.get(scales) ?? []];
    const period = product((shapes.get(values) ?? []).slice(axis));
    const channel = (i: number): number => Math.floor((i % period) / (period / scale.length));
    out.set(
      name,
      q.map((value, i) => Math.fround(value * (scale[channel(i)] as number))),
    );
    out.delete(values);
    out.delete(scales);
  }
  return out;
}
