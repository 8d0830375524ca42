import { fail, type ErrorCode } from '../errors.js';
import { Weight } from '../weights.js';
import { STRING_LENGTH_BYTES, stringsByteLength } from './encoding.js';
import type { WeightSpec } from './manifest.js';

/** What the weights of a manifest ask of their bytes; exact unless there are strings among them. */
export function bytesNeeded(specs: readonly WeightSpec[]): {
  readonly least: number;
  readonly exact: boolean;
} {
  return {
    least: specs.reduce((sum, spec) => sum + (spec.bytes ?? spec.size * STRING_LENGTH_BYTES), 0),
    exact: specs.every((spec) => spec.bytes !== undefined),
  };
}

/** Refuses bytes that cannot be those of the weights, before anything is allocated for them. */
export function checkTotal(
  specs: readonly WeightSpec[],
  total: number,
  subject: string,
  code: ErrorCode = 'io/manifest',
): void {
  const { least, exact } = bytesNeeded(specs);
  if (exact ? total === least : total >= least) return;
  fail(code, {
    subject,
    expected: `${exact ? '' : 'at least '}${least} bytes of weights, as the manifest says`,
    got: `${total}`,
    advice: total < least ? 'Look for a truncated or missing file' : 'Look for a file of another model',
  });
}

/**
 * Cuts weights out of a sequence of shards as they arrive. A weight that lies within one shard
 * becomes a view on it; one that spans shards is put together in memory of its own. A shard stays in
 * memory only if views use at least half of it, so that no more than twice the weights is ever held.
 * Call {@link checkTotal} first.
 */
export class Assembler {
  private readonly weights: [string, Weight][] = [];
  private next = 0;
  /** The start of the next weight, while it spans shards: how much of it is there, in what memory. */
  private open: { readonly got: number; readonly memory: Uint8Array } | undefined;

  /**
   * @param specs the weights, in the order of their bytes.
   * @param subject what the bytes are, for errors.
   */
  constructor(
    private readonly specs: readonly WeightSpec[],
    private readonly subject: string,
  ) {}

  /** Takes the next shard; its memory may be kept. */
  add(shard: Uint8Array): void {
    let at = this.continueOpen(shard);
    const whole: { readonly spec: WeightSpec; readonly start: number; readonly end: number }[] = [];
    for (; this.next < this.specs.length && this.open === undefined;) {
      const spec = this.specs[this.next] as WeightSpec;
      const bytes = spec.bytes ?? stringsByteLength(shard, spec.size, at);
      if (bytes === undefined || at + bytes > shard.length) {
        if (at < shard.length) this.startOpen(spec, shard.subarray(at));
        at = shard.length;
        break;
      }
      whole.push({ spec, start: at, end: at + bytes });
      at += bytes;
      this.next++;
    }
    const used = whole.reduce((sum, { start, end }) => sum + end - start, 0);
    const keep = 2 * used >= shard.buffer.byteLength;
    for (const { spec, start, end } of whole) {
      this.emit(spec, keep ? shard.subarray(start, end) : shard.slice(start, end));
    }
    if (at < shard.length) this.mismatch('no bytes after the last weight', `${shard.length - at} more`);
  }

  /** The weights, once every shard was added. */
  finish(): readonly (readonly [string, Weight])[] {
    this.add(new Uint8Array(0));
    const spec = this.specs[this.next];
    if (spec !== undefined) this.mismatch(`the bytes of weight '${spec.name}'`, 'the end of the data');
    return this.weights;
  }

  private startOpen(spec: WeightSpec, start: Uint8Array): void {
    const memory = spec.bytes === undefined ? start.slice() : new Uint8Array(spec.bytes);
    if (spec.bytes !== undefined) memory.set(start);
    this.open = { got: start.length, memory };
  }

  /** Gives the open weight its next bytes; returns how many of the shard it took. */
  private continueOpen(shard: Uint8Array): number {
    if (this.open === undefined) return 0;
    const spec = this.specs[this.next] as WeightSpec;
    return spec.bytes === undefined ? this.continueStrings(spec, shard) : this.continueBytes(spec, shard);
  }

  private continueBytes(spec: WeightSpec, shard: Uint8Array): number {
    const { got, memory } = this.open as NonNullable<typeof this.open>;
    const taken = Math.min(memory.length - got, shard.length);
    memory.set(shard.subarray(0, taken), got);
    if (got + taken < memory.length) this.open = { got: got + taken, memory };
    else this.close(spec, memory);
    return taken;
  }

  private continueStrings(spec: WeightSpec, shard: Uint8Array): number {
    const { got, memory } = this.open as NonNullable<typeof this.open>;
    const joined = new Uint8Array(got + shard.length);
    joined.set(memory);
    joined.set(shard, got);
    const bytes = stringsByteLength(joined, spec.size);
    if (bytes === undefined) {
      this.open = { got: joined.length, memory: joined };
      return shard.length;
    }
    this.close(spec, joined.slice(0, bytes));
    return bytes - got;
  }

  private close(spec: WeightSpec, bytes: Uint8Array): void {
    this.emit(spec, bytes);
    this.open = undefined;
    this.next++;
  }

  private emit(spec: WeightSpec, bytes: Uint8Array): void {
    this.weights.push([spec.name, Weight.stored(spec.dtype, spec.shape, spec.encoding, bytes)]);
  }

  private mismatch(expected: string, got: string): never {
    const advice = 'The files are of another model, or one of them is truncated';
    return fail('io/manifest', { subject: this.subject, expected, got, advice });
  }
}
