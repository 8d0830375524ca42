/** The reversed polynomial of CRC-32 (ISO 3309), as in zip, gzip and PNG. */
const POLYNOMIAL = 0xedb88320;

/**
 * Eight tables of 256: the k-th tells what a byte does to the sum that k bytes follow, so that eight bytes are taken at a
 * time (Kounavis and Berry 2005, "slicing by 8").
 */
let tables: Uint32Array | undefined;

function makeTables(): Uint32Array {
  const all = new Uint32Array(8 * 256);
  for (let i = 0; i < all.length; i++) {
    let value = i < 256 ? i : (all[i - 256] as number);
    if (i < 256)
      for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    else value = (all[value & 0xff] as number) ^ (value >>> 8);
    all[i] = value;
  }
  return all;
}

/** CRC-32 of bytes that come piece by piece. */
export class Crc32 {
  private state = 0xffffffff;

  update(bytes: Uint8Array): this {
    const table = (tables ??= makeTables());
    // Indexes are in range: bytes of a table of 256.
    const step = (k: number, byte: number): number => table[256 * k + (byte & 0xff)] as number;
    let state = this.state;
    let i = 0;
    for (const whole = bytes.length - 7; i < whole; i += 8) {
      const low = state ^ word(bytes, i);
      state =
        step(7, low) ^
        step(6, low >>> 8) ^
        step(5, low >>> 16) ^
        step(4, low >>> 24) ^
        step(3, bytes[i + 4] as number) ^
        step(2, bytes[i + 5] as number) ^
        step(1, bytes[i + 6] as number) ^
        step(0, bytes[i + 7] as number);
    }
    for (; i < bytes.length; i++) state = step(0, state ^ (bytes[i] as number)) ^ (state >>> 8);
    this.state = state;
    return this;
  }

  /** Eight hexadecimal digits. */
  get hex(): string {
    return ((this.state ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
  }
}

/** Four bytes as a little-endian number. */
function word(bytes: Uint8Array, i: number): number {
  return (
    (bytes[i] as number) |
    ((bytes[i + 1] as number) << 8) |
    ((bytes[i + 2] as number) << 16) |
    ((bytes[i + 3] as number) << 24)
  );
}
