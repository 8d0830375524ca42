import { percentile } from '@tfjs-optimize/core';

/** Points of a curve. */
const POINTS = 120;
/** Kernels are drawn so many of their widths to both sides; beyond, less than a hundredth of one is left. */
const REACH = 3;
/** Samples that do not differ get a peak so wide, as a share of their value. */
const THINNEST = 1e-3;

/**
 * How often values occur: Gaussian kernel density, the highest point 1. The bandwidth is Silverman's
 * rule of thumb (1986, eq. 3.31), which goes by the interquartile range where tails are long.
 * @param samples at least one.
 * @param most values beyond are left out of the curve.
 * @returns pairs of value and relative density, from 0 to 1, evenly spaced from below the least sample to
 *   above the largest one or `most`.
 */
export function density(samples: readonly number[], most = Infinity): [number, number][] {
  const width = bandwidth(samples);
  const low = percentile(samples, 0) - REACH * width;
  const high = Math.min(most, percentile(samples, 1) + REACH * width);
  const curve = Array.from({ length: POINTS }, (_, i): [number, number] => {
    const at = low + ((high - low) * i) / (POINTS - 1);
    return [at, samples.reduce((sum, value) => sum + Math.exp(-0.5 * ((at - value) / width) ** 2), 0)];
  });
  const highest = Math.max(...curve.map(([, height]) => height));
  return curve.map(([at, height]) => [at, height / highest]);
}

function bandwidth(samples: readonly number[]): number {
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  const deviation = Math.sqrt(samples.reduce((sum, value) => sum + (value - mean) ** 2, 0) / samples.length);
  const range = (percentile(samples, 0.75) - percentile(samples, 0.25)) / 1.34;
  const spread = range > 0 ? Math.min(deviation, range) : deviation;
  return Math.max(0.9 * spread * samples.length ** -0.2, THINNEST * Math.abs(mean)) || 1;
}
