/** Any function of one value: y = table[q + 128]. @param table 256 values. */
export function lookUp(q: Int8Array, table: Int8Array): Int8Array {
  const out = new Int8Array(q.length);
  for (let i = 0; i < out.length; i++) out[i] = table[(q[i] as number) + 128] as number;
  return out;
}

/**
 * Softmax along rows: e = table[max − q], y = ⌊256 · e / sum of e, halves up⌋ − 128 and at most 127. All of it in
 * whole numbers; exact for rows of fewer than 2^21 values, whose sums by tables of 2^30 keep below 2^53.
 * @param table 256 values, the first above 0: exponentials of −0, −1, … steps, see `softmaxTable`.
 */
export function softmax(q: Int8Array, columns: number, table: Int32Array): Int8Array {
  const out = new Int8Array(q.length);
  for (let row = 0; row < q.length; row += columns) {
    let max = -128;
    for (let i = row; i < row + columns; i++) max = Math.max(max, q[i] as number);
    let sum = 0;
    for (let i = row; i < row + columns; i++) sum += table[max - (q[i] as number)] as number;
    for (let i = row; i < row + columns; i++) {
      const numerator = 512 * (table[max - (q[i] as number)] as number) + sum;
      // No quotient of whole numbers below 2^53 is rounded up to a whole number that it doesn't reach.
      out[i] = Math.min(Math.floor(numerator / (2 * sum)) - 128, 127);
    }
  }
  return out;
}
