/** Height and width. */
export type FixedSize = readonly [height: number, width: number];

/** A value of a network while it is written: what the writer makes of it, and its channels, which are last. */
export interface Value<V> {
  readonly value: V;
  readonly channels: number;
  /** Of images of a network that takes one size alone. */
  readonly size?: FixedSize;
}

/** A window that moves over an image. */
export interface Window {
  /** Height and width. */
  readonly size: number;
  readonly stride?: number;
  /** Zeros on each side of the image; half of `size`, rounded down, unless told. `size` is odd then. */
  readonly padding?: number;
}

/**
 * What networks are written with. A network is one function of a writer, and becomes a graph, a layers model or the
 * list of its tensors by the writer that it is given. Names are those of PyTorch's modules.
 */
export interface NetWriter<V> {
  /** Images; of one size alone where that is given, as `flatten` needs it. */
  input(channels: number, size?: FixedSize): Value<V>;
  /** Convolution, without bias unless told. */
  conv(x: Value<V>, name: string, out: number, window: Window & { readonly bias?: boolean }): Value<V>;
  /** Convolution of each channel by itself, without bias. */
  depthwise(x: Value<V>, name: string, window: Window): Value<V>;
  batchNorm(x: Value<V>, name: string): Value<V>;
  /** ReLU; with `most` what is larger becomes that. */
  relu(x: Value<V>, name: string, most?: 6): Value<V>;
  /** Largest value under each window, of values that are all at least 0. */
  maxPool(x: Value<V>, name: string, window: Window): Value<V>;
  /** All numbers of an image as one vector, in PyTorch's order: channel, height, width. */
  flatten(x: Value<V>, name: string): Value<V>;
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

/** Padding on each side of an image; unless told so that a window of stride 1 gives as many values as there were. */
export function paddingOf({ size, padding = (size - 1) / 2 }: Window): number {
  return padding;
}

/** Whether a window gives as many values as there were, by the padding that TensorFlow calls SAME. */
export function isSame(window: Window): boolean {
  return (window.stride ?? 1) === 1 && 2 * paddingOf(window) === window.size - 1;
}

/** The size of an image behind a window, where it is known before. */
export function sizeBehind({ size }: Value<unknown>, window: Window): { size?: FixedSize } {
  if (size === undefined) return {};
  const along = (side: number): number =>
    Math.floor((side + 2 * paddingOf(window) - window.size) / (window.stride ?? 1)) + 1;
  return { size: [along(size[0]), along(size[1])] };
}

/** How many numbers an image holds. */
export function numbersIn({ channels, size: [height, width] = [NaN, NaN] }: Value<unknown>): number {
  return channels * height * width;
}
