/** Activations that TensorFlow.js fuses into products and convolutions, and their slopes. */
const ACTIVATIONS: Readonly<Record<string, (x: number, alpha: number) => number>> = {
  linear: (x) => x,
  relu: (x) => (x < 0 ? 0 : x),
  relu6: (x) => (x < 0 ? 0 : x > 6 ? 6 : x),
  prelu: (x, alpha) => (x < 0 ? alpha * x : x),
  leakyrelu: (x, alpha) => (x < 0 ? alpha * x : x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  elu: (x) => (x < 0 ? Math.expm1(x) : x),
};

/** f(x) of an activation by name. @param alpha slope below 0 of prelu and leakyrelu. */
export function activate(name: string, x: number, alpha = 0): number {
  const of = ACTIVATIONS[name];
  if (of === undefined)
    throw new Error(`activation: expected one of ${Object.keys(ACTIVATIONS).join(', ')}, got ${name}.`);
  return of(x, alpha);
}

/** What follows the sums of a product or convolution: a bias and an activation, for channels that run innermost. */
export interface Ending {
  readonly bias?: ArrayLike<number> | undefined;
  readonly slopes?: ArrayLike<number> | undefined;
  readonly activation?: string | undefined;
  readonly leakyreluAlpha?: number | undefined;
}

/** f(sums + bias), in place. Bias and slopes of one number are for every channel. */
export function finish(
  sums: Float64Array,
  channels: number,
  { bias, slopes, activation = 'linear', leakyreluAlpha = 0.2 }: Ending,
): void {
  const of = (values: ArrayLike<number> | undefined, channel: number): number =>
    (values === undefined ? 0 : values[values.length === 1 ? 0 : channel]) as number;
  for (let i = 0; i < sums.length; i++) {
    const channel = i % channels;
    const alpha = activation === 'prelu' ? of(slopes, channel) : leakyreluAlpha;
    sums[i] = activate(activation, (sums[i] as number) + of(bias, channel), alpha);
  }
}
