import type { io } from '@tensorflow/tfjs';
import { readConstant } from '../constants.js';
import type { RuntimeOp } from '@tfjs-optimize/runtime/format';
import type { Constant } from '../site.js';

/** A node of a graph as it stands in `model.json`. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}

/** A topology as this package reads it. */
export interface Topology {
  readonly node: readonly GraphNode[];
  readonly library?: { readonly function?: readonly unknown[] };
}

/** Name and number of an output: `a`, `a:0` and `a:1`. */
export function splitInput(input: string): readonly [name: string, output: number] {
  const [name, output] = input.split(':');
  return [name as string, Number(output ?? 0)];
}

/** Constants by name, as typed arrays. */
export class Weights {
  private readonly entries = new Map<
    string,
    { readonly spec: io.WeightsManifestEntry; readonly at: number }
  >();

  /** Whether the data have as many bytes as the constants. */
  readonly isWhole: boolean;

  constructor(
    specs: readonly io.WeightsManifestEntry[],
    private readonly data: io.WeightData,
  ) {
    let at = 0;
    for (const spec of specs) {
      this.entries.set(spec.name, { spec, at });
      at += bytesOf(spec);
    }
    this.isWhole = at <= [data].flat().reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  shape(name: string): readonly number[] {
    return this.entries.get(name)?.spec.shape ?? [];
  }

  /** Numbers of a constant, for an input of an op; undefined where they are not what it takes. */
  constant(op: RuntimeOp, input: string, name: string): Constant | undefined {
    const { spec } = this.entries.get(name) ?? {};
    const values = this.values(name);
    return spec && values && readConstant(op, input, spec.dtype, spec.shape, values);
  }

  /** Whole numbers: axes, shapes. */
  integers(name: string): readonly number[] | undefined {
    const { spec } = this.entries.get(name) ?? {};
    const values = spec?.dtype === 'int32' ? this.values(name) : undefined;
    return values && Array.from(values);
  }

  /** Weights without those of some names. */
  without(names: ReadonlySet<string>): { specs: io.WeightsManifestEntry[]; data: ArrayBuffer[] } {
    const kept = [...this.entries.values()].filter(({ spec }) => !names.has(spec.name));
    return {
      specs: kept.map(({ spec }) => spec),
      data: kept.map(({ spec, at }) => this.slice(at, bytesOf(spec))),
    };
  }

  private values(name: string): Float32Array | Int32Array | Uint8Array | undefined {
    const { spec, at } = this.entries.get(name) ?? {};
    if (spec === undefined || at === undefined || spec.quantization !== undefined) return undefined;
    const bytes = this.slice(at, bytesOf(spec));
    if (spec.dtype === 'float32') return new Float32Array(bytes);
    if (spec.dtype === 'int32') return new Int32Array(bytes);
    return spec.dtype === 'bool' ? new Uint8Array(bytes) : undefined;
  }

  /** A copy of some bytes, from wherever they lie. */
  private slice(at: number, length: number): ArrayBuffer {
    const out = new Uint8Array(length);
    let start = 0;
    for (const part of [this.data].flat()) {
      const [from, to] = [Math.max(at, start), Math.min(at + length, start + part.byteLength)];
      if (to > from) out.set(new Uint8Array(part, from - start, to - from), from - at);
      start += part.byteLength;
    }
    return out.buffer;
  }
}

const BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
  complex64: 8,
};

/** Bytes of a weight in its file; NaN where they cannot be told without reading it. */
function bytesOf({ shape, dtype, quantization }: io.WeightsManifestEntry): number {
  const stored = quantization === undefined ? dtype : quantization.dtype;
  return shape.reduce((a, b) => a * b, 1) * (BYTES[stored] ?? NaN);
}

/** Attributes of a node as ops get them: numbers, flags, words, lists. */
export function attrsOf({ attr = {} }: GraphNode): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attr).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  const given = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (given['s'] !== undefined) return text(given['s']);
  if (given['b'] !== undefined) return given['b'];
  if (given['i'] !== undefined) return Number(given['i']);
  if (given['f'] !== undefined) return Number(given['f']);
  const list = given['list'] as Readonly<Record<string, unknown>> | undefined;
  const numbers = list?.['i'] ?? list?.['f'];
  return Array.isArray(numbers) ? numbers.map(Number) : undefined;
}

/** Strings are base64, or lists of bytes. */
function text(value: unknown): string {
  if (typeof value === 'string') return atob(value);
  return Array.isArray(value) ? String.fromCharCode(...(value as number[])) : '';
}
