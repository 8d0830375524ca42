import { throwIfAborted, type Progress, type Weight } from '@tfjs-optimize/core';
import { refuseMissing, type StateDict } from '../state-dict.js';
import { headerBytes, LENGTH_BYTES, readHeader, type Header, type TensorEntry } from './header.js';
import { openSource, type ByteSource, type SourceOptions } from './source.js';
import { TENSOR_TYPES } from './types.js';

/** How tensors are read. */
export interface ReadOptions {
  /** Those that are read; all unless given. */
  readonly names?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: Progress) => void) | undefined;
}

/** Neighbours are read at once, up to this many bytes. */
const RUN_BYTES = 32 * 1024 * 1024;

/** An open safetensors file: what is in it is known, tensors are read when asked for. Close it at the end. */
export class SafetensorsFile {
  constructor(
    private readonly source: ByteSource,
    private readonly header: Header,
  ) {}

  /** Path or URL of the file. */
  get location(): string {
    return this.source.location;
  }
  /** What the file says of its tensors, by name, in the order of their bytes. */
  get tensors(): ReadonlyMap<string, TensorEntry> {
    return this.header.tensors;
  }
  /** What its writer noted. */
  get metadata(): Readonly<Record<string, string>> {
    return this.header.metadata;
  }

  /**
   * One tensor; of the file, no more than its bytes is read.
   * @throws `models/weight` where there is none of that name, naming the nearest.
   */
  async read(name: string): Promise<Weight> {
    const entry = this.need(name);
    return this.weightOf(entry, await this.source.read(entry.start, entry.end));
  }

  /** Many tensors, by name. @throws `models/weight` as {@link read}; `aborted`. */
  async readAll({ names, signal, progress }: ReadOptions = {}): Promise<StateDict> {
    const wanted = names?.map((name) => this.need(name)) ?? [...this.tensors.values()];
    const total = wanted.reduce((sum, { start, end }) => sum + end - start, 0);
    const state = new Map<string, Weight>();
    let done = 0;
    for (const run of runs(wanted)) {
      throwIfAborted(signal, `reading ${this.location}`);
      const { start, end, entries } = run;
      const bytes = await this.source.read(start, end);
      for (const entry of entries) {
        state.set(entry.name, this.weightOf(entry, bytes.subarray(entry.start - start, entry.end - start)));
        done += entry.end - entry.start;
      }
      progress?.({ task: 'read tensors', done, total });
    }
    return state;
  }

  /** Lets go of the file. */
  close(): Promise<void> {
    return this.source.close();
  }

  private need(name: string): TensorEntry {
    return this.tensors.get(name) ?? refuseMissing(name, [...this.tensors.keys()], this.location);
  }

  private weightOf({ name, type, shape, start, end }: TensorEntry, bytes: Uint8Array): Weight {
    return TENSOR_TYPES[type].read(
      bytes,
      shape,
      `${this.location}, bytes ${start} to ${end}, tensor '${name}'`,
    );
  }
}

/** Tensors whose bytes follow each other. */
interface Run {
  readonly start: number;
  end: number;
  readonly entries: TensorEntry[];
}

function runs(entries: readonly TensorEntry[]): Run[] {
  const found: Run[] = [];
  for (const entry of [...entries].sort((a, b) => a.start - b.start)) {
    const last = found.at(-1);
    if (last?.end === entry.start && entry.end - last.start <= RUN_BYTES) {
      last.entries.push(entry);
      last.end = entry.end;
    } else {
      found.push({ start: entry.start, end: entry.end, entries: [entry] });
    }
  }
  return found;
}

/**
 * Opens a safetensors file and reads its header; the tensors stay where they are until they are asked for.
 * @param source a path, a file:// or http(s):// URL (read by ranges where the server has them), or the bytes.
 * @throws `models/safetensors` naming file and bytes where it contradicts itself; `io/…` where it cannot be read.
 */
export async function openSafetensors(
  source: string | Uint8Array,
  options: SourceOptions = {},
): Promise<SafetensorsFile> {
  const bytes = await openSource(source, options);
  try {
    const { location, size } = bytes;
    const first = await bytes.read(0, Math.min(LENGTH_BYTES, size));
    const length = headerBytes(first, size, location);
    const header = readHeader(await bytes.read(LENGTH_BYTES, LENGTH_BYTES + length), size, location);
    return new SafetensorsFile(bytes, header);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** All tensors of a safetensors file, or those that are named; see {@link openSafetensors}. */
export async function readSafetensors(
  source: string | Uint8Array,
  options: SourceOptions & ReadOptions = {},
): Promise<StateDict> {
  const file = await openSafetensors(source, options);
  try {
    return await file.readAll(options);
  } finally {
    await file.close();
  }
}
