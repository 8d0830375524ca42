/** The reversed polynomial of CRC-32 (ISO 3309), as in zip, gzip and PNG. */
const POLYNOMIAL = 0xedb88320;

/**
 * Four tables of 256: the k-th tells what a byte does to the sum that k bytes follow, so that four bytes are taken at a
 * time (Kounavis and Berry 2005, "slicing").
 */
let tables: Uint32Array | undefined;

function makeTables(): Uint32Array {
  const all = new Uint32Array(1024);
  for (let i = 0; i < 1024; i++) {
    let value = i < 256 ? i : (all[i - 256] as number);
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    all[i] = value;
  }
  return all;
}

/** CRC-32 of bytes that come piece by piece. */
export class Crc32 {
  private state = 0xffffffff;

  update(bytes: Uint8Array): this {
    const table = (tables ??= makeTables());
    // Indexes are in range: a table and a byte.
    const step = (k: number, byte: number): number => table[256 * k + (byte & 0xff)] as number;
    const at = (i: number): number => bytes[i] as number;
    let state = this.state;
    let i = 0;
    for (; i + 3 < bytes.length; i += 4) {
      state ^= at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24);
      state = step(3, state) ^ step(2, state >>> 8) ^ step(1, state >>> 16) ^ step(0, state >>> 24);
    }
    for (; i < bytes.length; i++) state = step(0, state ^ at(i)) ^ (state >>> 8);
    this.state = state;
    return this;
  }

  /** Eight hexadecimal digits. */
  get hex(): string {
    return ((this.state ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
  }
}
