import { GraphBuilder, Random, type Model, type ValueId } from '@tfjs-optimize/core';
import { opName, type RuntimeOp } from '@tfjs-optimize/runtime/format';

/** Scale and zero point of every value, so that ops fit together. */
const STEP = 2 ** -5;
const ZERO = -7;
const X = { x_scale: STEP, x_zero_point: ZERO };
const Y = { y_scale: STEP, y_zero_point: ZERO };
export const PAIR = { a_scale: STEP, a_zero_point: ZERO, b_scale: STEP, b_zero_point: ZERO, ...Y };

/** Writes graphs of integer ops whose weights follow from a seed. */
export class IntegerGraph {
  readonly builder = new GraphBuilder();
  private readonly random: Random;
  private made = 0;

  /** @param largest magnitude of weights. */
  constructor(
    seed = 1,
    private readonly largest = 127,
  ) {
    this.random = Random.of(seed).fork('integer graph');
  }

  op(name: RuntimeOp, inputs: readonly ValueId[], attrs: object = {}): ValueId {
    return this.builder.op(opName(name), inputs, { ...attrs });
  }

  quantized(x: ValueId): ValueId {
    return this.op('Quantize', [x], { scale: STEP, zero_point: ZERO });
  }

  dequantized(q: ValueId): ValueId {
    return this.op('Dequantize', [q], { scale: STEP, zero_point: ZERO });
  }

  dense(x: ValueId, inner: number, columns: number): ValueId {
    return this.op('MatMul', [x, ...this.weights([inner, columns])], { ...X, ...Y });
  }

  /** A dynamic product of floats by weights. */
  dynamic(x: ValueId, inner: number, columns: number): ValueId {
    return this.op('DynamicMatMul', [x, ...this.scaled([inner, columns])], {
      mode: 'row',
      activation: 'uint8',
    });
  }

  conv(x: ValueId, [height, width, inner, outputs]: readonly [number, number, number, number]): ValueId {
    const weights = this.weights([height, width, inner, outputs]);
    return this.op('Conv2D', [x, ...weights], { ...X, ...Y, padding: 'SAME' });
  }

  add(a: ValueId, b: ValueId): ValueId {
    return this.op('Add', [a, b], PAIR);
  }

  /** int8 values as an int32 constant. */
  values(shape: readonly number[]): ValueId {
    return this.builder.constant(`values${this.made++}`, Int32Array.from(this.bytes(shape)), shape);
  }

  output(value: ValueId, name: string, dtype: 'float32' | 'int32' = 'float32'): void {
    this.builder.output(value, name, dtype);
  }

  build(): Model<'integer'> {
    return this.builder.build('integer');
  }

  /** int8 values, scales and a bias of the last axis. */
  weights(shape: readonly number[]): [ValueId, ValueId, ValueId] {
    const columns = shape.at(-1) as number;
    const bias = Int32Array.from({ length: columns }, () => this.random.integer(2000) - 1000);
    const name = `bias${this.made}`;
    return [...this.scaled(shape), this.builder.constant(name, bias, [columns])];
  }

  /** int8 values and scales of the last axis. */
  private scaled(shape: readonly number[]): [ValueId, ValueId] {
    const columns = shape.at(-1) as number;
    const inner = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const at = this.made++;
    const bytes = this.bytes(shape);
    const scales = Float32Array.from(
      { length: columns },
      (_, i) => (1 + (i % 3) / 4) / 64 / Math.sqrt(inner),
    );
    return [
      this.builder.constant(`w${at}`, new Uint8Array(bytes.buffer), shape, 'bool'),
      this.builder.constant(`scales${at}`, scales, [columns]),
    ];
  }

  private bytes(shape: readonly number[]): Int8Array {
    return Int8Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      () => this.random.integer(2 * this.largest + 1) - this.largest,
    );
  }
}
