import { GraphBuilder, type DType, type Model, type PlainAttrs, type ValueId } from '@tfjs-optimize/core';

/**
 * Builds a graph and beside it the graph of its magnitudes: every constant by its absolute value,
 * every subtraction an addition, activations (none of which stretches distances) left out. On |x|
 * that graph gives Σ|w|·|x| for each output, the quantity that rounding errors are measured by.
 */
export class Pair {
  readonly real = new GraphBuilder();
  readonly size = new GraphBuilder();
  /** Additions that one output sums up at most, over all reductions in a row. */
  terms = 0;
  private count = 0;

  input(name: string, shape: readonly number[]): ValueId {
    this.size.input(name, shape);
    return this.real.input(name, shape);
  }

  constant(values: Float32Array, shape: readonly number[], name = this.name('c')): ValueId {
    this.size.constant(name, values.map(Math.abs), shape);
    return this.real.constant(name, values, shape);
  }

  ints(values: readonly number[], dtype: DType = 'int32'): ValueId {
    const name = this.name('i');
    this.size.constant(name, values, [values.length], dtype);
    return this.real.constant(name, values, [values.length], dtype);
  }

  scalar(value: number): ValueId {
    return this.constant(Float32Array.of(value), []);
  }

  /** The same op in both graphs. */
  op(op: string, inputs: readonly ValueId[], attrs: PlainAttrs = {}, name = this.name(op)): ValueId {
    this.size.op(op, inputs, attrs, name);
    return this.real.op(op, inputs, attrs, name);
  }

  /** An op in the graph, another in the graph of magnitudes. */
  different(
    op: string,
    inputs: readonly ValueId[],
    magnitude: { readonly op: string; readonly inputs?: readonly ValueId[] },
    attrs: PlainAttrs = {},
  ): ValueId {
    const name = this.name(op);
    this.size.op(magnitude.op, magnitude.inputs ?? inputs, {}, name);
    return this.real.op(op, inputs, attrs, name);
  }

  /** A constant of the graph of magnitudes alone. */
  magnitude(values: Float32Array, shape: readonly number[]): ValueId {
    return this.size.constant(this.name('m'), values, shape);
  }

  /** An op of the graph of magnitudes alone. */
  magnitudeOp(op: string, inputs: readonly ValueId[]): ValueId {
    return this.size.op(op, inputs, {}, this.name(op));
  }

  models(output: ValueId): { readonly real: Model; readonly size: Model } {
    return { real: this.real.output(output).build(), size: this.size.output(output).build() };
  }

  private name(stem: string): string {
    return `${stem}_${this.count++}`;
  }
}
