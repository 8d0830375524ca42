/** A value of a network while it is written: what the writer makes of it, and its channels, which are last. */
export interface Value<V> {
  readonly value: V;
  readonly channels: number;
}

/** A window that moves over an image. */
export interface Window {
  /** Height and width, odd; the image is padded by half of that, rounded down, on all sides. */
  readonly size: number;
  readonly stride?: number;
}

/**
 * What networks are written with. A network is one function of a writer, and becomes a graph, a layers model or the
 * list of its tensors by the writer that it is given. Names are those of PyTorch's modules.
 */
export interface NetWriter<V> {
  input(channels: number): Value<V>;
  /** Convolution without bias. */
  conv(x: Value<V>, name: string, out: number, window: Window): Value<V>;
  /** Convolution of each channel by itself, without bias. */
  depthwise(x: Value<V>, name: string, window: Window): Value<V>;
  batchNorm(x: Value<V>, name: string): Value<V>;
  /** ReLU; with `most` what is larger becomes that. */
  relu(x: Value<V>, name: string, most?: 6): Value<V>;
  /** Largest value under each window, of values that are all at least 0. */
  maxPool(x: Value<V>, name: string, window: Window): Value<V>;
  /** Mean over height and width. */
  globalAverage(x: Value<V>, name: string): Value<V>;
  add(a: Value<V>, b: Value<V>, name: string): Value<V>;
  /** In training alone. */
  dropout(x: Value<V>, name: string, rate: number): Value<V>;
  linear(x: Value<V>, name: string, out: number): Value<V>;
}

/** What PyTorch adds to variances unless told. */
export const EPSILON = 1e-5;

/** How much of its past a moving mean keeps in a step: PyTorch's momentum of 0.1, seen from the other side. */
export const MOMENTUM = 0.9;

/** Padding on each side of an image, so that a window of stride 1 gives as many values as there were. */
export function paddingOf({ size }: Window): number {
  return (size - 1) / 2;
}
