import { fail } from '../errors.js';

/** Reads counts of bytes from pieces of any size as they come. */
export class ByteReader {
  private readonly pieces: AsyncIterator<Uint8Array, unknown>;
  private piece: Uint8Array = new Uint8Array(0);
  private at = 0;
  private total = 0;

  /**
   * @param location of the model, for errors.
   * @param see is shown each piece as it comes.
   */
  constructor(
    pieces: AsyncIterable<Uint8Array>,
    private readonly location: string,
    private readonly see: (piece: Uint8Array) => void,
  ) {
    this.pieces = pieces[Symbol.asyncIterator]();
  }

  /** The next bytes, in memory of their own. @throws `io/shard` where they end before. */
  async read(count: number, weight: string): Promise<Uint8Array<ArrayBuffer>> {
    const out = new Uint8Array(count);
    for (let done = 0; done < count;) {
      if (this.at === this.piece.length && !(await this.next())) this.truncated(count - done, weight);
      const taken = this.piece.subarray(this.at, this.at + count - done);
      out.set(taken, done);
      done += taken.length;
      this.at += taken.length;
    }
    return out;
  }

  /** Sees to it that there is nothing left. @throws `io/shard`. */
  async end(): Promise<void> {
    let left = this.piece.length - this.at;
    while (left === 0) {
      if (!(await this.next())) return;
      left = this.piece.length;
    }
    fail('io/shard', {
      subject: `weight files of ${this.location}`,
      expected: `${this.total - left} bytes, as the manifest says`,
      got: 'more',
      advice: 'A file is damaged or of another model',
    });
  }

  /** Stops what makes the pieces. */
  async cancel(): Promise<void> {
    await this.pieces.return?.();
  }

  private async next(): Promise<boolean> {
    const next = await this.pieces.next();
    if (next.done === true) return false;
    this.piece = next.value;
    this.at = 0;
    this.total += this.piece.length;
    this.see(this.piece);
    return true;
  }

  private truncated(missing: number, weight: string): never {
    return fail('io/shard', {
      subject: `weight files of ${this.location}`,
      expected: `${missing} more bytes for weight '${weight}'`,
      got: `their end after ${this.total} bytes`,
      advice: 'A file is damaged or of another model',
    });
  }
}
