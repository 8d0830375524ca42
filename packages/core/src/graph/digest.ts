/**
 * A synchronous 128-bit hash that runs in browsers, too (their SHA-256 is asynchronous). Four lanes of
 * multiply-and-rotate over 32-bit words, mixed at the end until every input bit reaches every output
 * bit: the construction and constants of MurmurHash3 x86-128 (Austin Appleby, public domain), fed as a
 * stream. For telling graphs apart, not for security.
 */
export class Digest {
  private h1 = 0;
  private h2 = 0;
  private h3 = 0;
  private h4 = 0;
  private length = 0;

  /** Adds a text; its length is part of it, so that `ab` + `c` is not `a` + `bc`. */
  text(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.number(bytes.length).bytes(bytes);
  }

  /** Adds a number, as its eight bytes. */
  number(value: number): this {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value, true);
    this.words(view.getUint32(0, true), view.getUint32(4, true), 0, 0);
    this.length += 8;
    return this;
  }

  /** Adds bytes, as if filled up with zeros to a multiple of 16; the true length counts. */
  bytes(bytes: Uint8Array): this {
    const whole = bytes.length & ~15;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < whole; i += 16) {
      this.words(
        view.getUint32(i, true),
        view.getUint32(i + 4, true),
        view.getUint32(i + 8, true),
        view.getUint32(i + 12, true),
      );
    }
    if (whole < bytes.length) {
      const tail = new DataView(new ArrayBuffer(16));
      for (let i = whole; i < bytes.length; i++) tail.setUint8(i - whole, bytes[i] as number);
      this.words(
        tail.getUint32(0, true),
        tail.getUint32(4, true),
        tail.getUint32(8, true),
        tail.getUint32(12, true),
      );
    }
    this.length += bytes.length;
    return this;
  }

  /** The hash of all that was added, as 32 hexadecimal digits. */
  hex(): string {
    const length = this.length >>> 0;
    let h1 = this.h1 ^ length;
    let h2 = this.h2 ^ length;
    let h3 = this.h3 ^ length;
    let h4 = this.h4 ^ length;
    h1 = (h1 + h2 + h3 + h4) | 0;
    [h2, h3, h4] = [(h2 + h1) | 0, (h3 + h1) | 0, (h4 + h1) | 0];
    [h1, h2, h3, h4] = [finish(h1), finish(h2), finish(h3), finish(h4)];
    h1 = (h1 + h2 + h3 + h4) | 0;
    return [h1, h2 + h1, h3 + h1, h4 + h1].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  private words(w1: number, w2: number, w3: number, w4: number): void {
    this.h1 ^= Math.imul(rotate(Math.imul(w1, C1), 15), C2);
    this.h1 = (Math.imul((rotate(this.h1, 19) + this.h2) | 0, 5) + 0x561ccd1b) | 0;
    this.h2 ^= Math.imul(rotate(Math.imul(w2, C2), 16), C3);
    this.h2 = (Math.imul((rotate(this.h2, 17) + this.h3) | 0, 5) + 0x0bcaa747) | 0;
    this.h3 ^= Math.imul(rotate(Math.imul(w3, C3), 17), C4);
    this.h3 = (Math.imul((rotate(this.h3, 15) + this.h4) | 0, 5) + 0x96cd1c35) | 0;
    this.h4 ^= Math.imul(rotate(Math.imul(w4, C4), 18), C1);
    this.h4 = (Math.imul((rotate(this.h4, 13) + this.h1) | 0, 5) + 0x32ac3b17) | 0;
  }
}

const C1 = 0x239b961b;
const C2 = 0xab0e9789 | 0;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93 | 0;

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** Mixes a word until each input bit flips each output bit with even odds. */
function finish(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
