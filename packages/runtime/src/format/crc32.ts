/** The reversed polynomial of CRC-32 (ISO 3309), as in zip, gzip and PNG. */
const POLYNOMIAL = 0xedb88320;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** CRC-32 of bytes that come piece by piece. */
export class Crc32 {
  private state = 0xffffffff;

  update(bytes: Uint8Array): this {
    let state = this.state;
    for (let i = 0; i < bytes.length; i++) {
      state = (table[(state ^ (bytes[i] as number)) & 0xff] as number) ^ (state >>> 8);
    }
    this.state = state;
    return this;
  }

  /** Eight hexadecimal digits. */
  get hex(): string {
    return ((this.state ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
  }
}
