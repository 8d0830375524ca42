import { engine, type NamedTensorInfoMap, type TensorInfo } from '@tensorflow/tfjs-core';
import { fail } from '../errors.js';
import type { RuntimeOp } from '../format/ops.js';
import { multipliersOf, type Multipliers } from '../reference/fixed-point.js';

/** Multipliers by the data of their scales, then by the scales of activations. */
const known = new WeakMap<object, Map<string, Multipliers>>();

/** int8 weights by the data that they were read from. */
const weights = new WeakMap<object, Int8Array>();

/** The inputs of an op by name, read to typed arrays and checked. */
export class Operands {
  constructor(
    private readonly op: RuntimeOp,
    private readonly inputs: NamedTensorInfoMap,
  ) {}

  has(name: string): boolean {
    return this.inputs[name] !== undefined;
  }

  shape(name: string): readonly number[] {
    return this.need(name).shape;
  }

  /** The shape of an input that must have `rank` sizes. */
  shapeOf(name: string, rank: number): readonly number[] {
    const { shape } = this.need(name);
    return shape.length === rank ? shape : this.refuse(name, `a tensor of rank ${rank}`, `[${shape.join()}]`);
  }

  /** int8 values, in memory of their own: an int32 tensor of them, or a bool tensor whose bytes they are. */
  int8(name: string): Int8Array {
    const { dtype, dataId } = this.need(name);
    if (dtype !== 'int32' && dtype !== 'bool')
      this.refuse(name, 'int8 values as int32 or packed in bool', dtype);
    const data = engine().readSync(dataId) as Int32Array | Uint8Array;
    const values = new Int8Array(data);
    for (let i = 0; dtype === 'int32' && i < values.length; i++) {
      if (values[i] !== data[i]) this.refuse(name, 'values from -128 to 127', String(data[i]));
    }
    return values;
  }

  /** int8 values of a constant, read and checked once and kept as long as its data. */
  weight(name: string): Int8Array {
    const { dataId } = this.need(name);
    const kept = weights.get(dataId) ?? this.int8(name);
    weights.set(dataId, kept);
    return kept;
  }

  int32(name: string, length: number): Int32Array {
    const { dtype, dataId } = this.need(name);
    if (dtype !== 'int32') this.refuse(name, 'int32', dtype);
    this.count(name, length);
    return new Int32Array(engine().readSync(dataId) as Int32Array);
  }

  floats(name: string): Float32Array {
    const { dtype, dataId } = this.need(name);
    if (dtype !== 'float32') this.refuse(name, 'float32', dtype);
    return new Float32Array(engine().readSync(dataId) as Float32Array);
  }

  /** A bias of int32, one number for each channel, where there is one. */
  bias(channels: number): Int32Array | undefined {
    return this.has('bias') ? this.int32('bias', channels) : undefined;
  }

  /**
   * The multipliers of an input of scales, kept as long as its data.
   * @param xScale float32 numbers, which `yScale` is, too.
   * @param single whether one scale may do for all channels; its product with xScale is then rounded to float32, as
   *   TensorFlow Lite does.
   */
  multipliers(name: string, channels: number, xScale: number, yScale: number, single: boolean): Multipliers {
    const { dataId } = this.need(name);
    const key = `${xScale} ${yScale}`;
    const kept = known.get(dataId) ?? new Map<string, Multipliers>();
    const found = kept.get(key);
    if (!(single && sizeIs(this.need(name), 1))) this.count(name, channels);
    if (found !== undefined) return found;
    const scales = this.floats(name);
    const wrong = scales.findIndex((scale) => !(scale >= 0 && scale < Infinity));
    if (wrong >= 0) this.refuse(name, 'finite numbers of at least 0', `${scales[wrong]} at ${wrong}`);
    const isOne = single && scales.length === 1;
    const reals = Float64Array.from(scales, (scale) => {
      const product = xScale * scale;
      return (isOne ? Math.fround(product) : product) / yScale;
    });
    const made = multipliersOf(reals);
    known.set(dataId, kept.set(key, made));
    return made;
  }

  /** Refuses an input of another number of elements. */
  count(name: string, length: number): void {
    const info = this.need(name);
    if (!sizeIs(info, length)) this.refuse(name, `${length} values`, `shape [${info.shape.join()}]`);
  }

  /** Ends the run of a node whose inputs are not what they should be. */
  refuse(name: string, expected: string, got: string): never {
    return fail('runtime/input', { subject: `${this.op}: ${name}`, expected, got });
  }

  private need(name: string): TensorInfo {
    return this.inputs[name] ?? this.refuse(name, 'a tensor', 'nothing');
  }
}

function sizeIs({ shape }: TensorInfo, size: number): boolean {
  return shape.reduce((a, b) => a * b, 1) === size;
}
