/**
 * The ratio of noise without a signal and of noise that is no number, in dB: worse than any that can be measured.
 */
export const WORST_RATIO = -999;

/** How far outputs of a changed model are from those of the one it was made of, gathered batch by batch. */
export class OutputNoise {
  private signal = 0;
  private noise = 0;
  private cosines = 0;
  private rows = 0;

  /**
   * @param exact what the model gives; `actual` is what the changed one gives in its place, as many numbers.
   * @param examples rows of the first axis.
   */
  add(exact: Float32Array, actual: Float32Array, examples: number): void {
    const size = exact.length / examples;
    for (let row = 0; row < examples; row++) {
      let [dot, ofExact, ofActual] = [0, 0, 0];
      for (let i = row * size; i < (row + 1) * size; i++) {
        const a = exact[i] as number;
        const b = actual[i] as number;
        dot += a * b;
        ofExact += a * a;
        ofActual += b * b;
        this.noise += (a - b) ** 2;
      }
      this.signal += ofExact;
      this.cosines += cosine(dot, ofExact, ofActual);
      this.rows++;
    }
  }

  /** 10 · log10 of the power of the signal by that of the noise, in dB, {@link WORST_RATIO} at least; infinite without noise. */
  get ratio(): number {
    if (this.noise === 0) return Infinity;
    const decibels = 10 * Math.log10(this.signal / this.noise);
    return decibels > WORST_RATIO ? decibels : WORST_RATIO;
  }

  /** The cosine of the angle between an example's outputs and those of the model, on average; 1 of nothing. */
  get cosine(): number {
    return this.rows === 0 ? 1 : this.cosines / this.rows;
  }
}

/** Nothing points the same way as nothing, and no way at all beside something. */
function cosine(dot: number, ofA: number, ofB: number): number {
  if (ofA === 0 || ofB === 0) return ofA === ofB ? 1 : 0;
  return Math.min(1, Math.max(-1, dot / Math.sqrt(ofA * ofB)));
}
