/** What noise without a signal, and noise that is no number, count as, in dB: worse than any that can be measured. */
export const WORST = -999;

/** How far outputs are from those of the float model, gathered batch by batch. */
export class Difference {
  private signal = 0;
  private noise = 0;
  private cosines = 0;
  private rows = 0;

  /**
   * @param exact what the float model gives, and what the quantized one gives in its place.
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

  /** 10 · log10 of the power of the signal by that of the noise, in dB, {@link WORST} at least; infinite without noise. */
  get sqnr(): number {
    if (this.noise === 0) return Infinity;
    const ratio = 10 * Math.log10(this.signal / this.noise);
    return ratio > WORST ? ratio : WORST;
  }

  /** The cosine of the angle between an example's outputs and those of the float model, on average. */
  get cosine(): number {
    return this.rows === 0 ? 1 : this.cosines / this.rows;
  }
}

/** Nothing points the same way as nothing, and no way at all beside something. */
function cosine(dot: number, ofA: number, ofB: number): number {
  if (ofA === 0 || ofB === 0) return ofA === ofB ? 1 : 0;
  return Math.min(1, Math.max(-1, dot / Math.sqrt(ofA * ofB)));
}
