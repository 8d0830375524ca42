/** A tensor of the references: they compute in double precision and read like the definitions they follow. */
export interface Values {
  readonly shape: readonly number[];
  /** Row-major, as in TensorFlow.js. */
  readonly data: Float64Array;
}

/** What a kernel computes, by the plainest loops. Kernels are tested against it; where a backend has neither ours nor a kernel of its own, it stands in. */
export type Reference = (
  inputs: Readonly<Record<string, Values | undefined>>,
  attrs: Readonly<Record<string, unknown>>,
) => Values | readonly Values[];

/** All zeros. */
export function zeros(shape: readonly number[]): Values {
  return { shape, data: new Float64Array(sizeOf(shape)) };
}

/** Number of elements. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** An input that must be there. */
export function need(inputs: Readonly<Record<string, Values | undefined>>, name: string): Values {
  const values = inputs[name];
  if (values === undefined) throw new Error(`${name}: expected an input, got none.`);
  return values;
}
