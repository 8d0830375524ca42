import { throwIfAborted, type Progress, type Weight } from '@tfjs-optimize/core';
import { refuseMissing, type StateDict } from '../state-dict.js';
import type { Header, TensorEntry } from './header.js';
import type { ByteSource } from './source.js';
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

/** One file of bytes and what its header tells. */
export interface Part {
  readonly source: ByteSource;
  readonly header: Header;
}

/**
 * An open safetensors file, or several that an index makes one: what is in it is known, tensors are read when asked for.
 * Close it at the end.
 */
export class SafetensorsFile {
  /** What is said of its tensors, by name, file after file in the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** What its writer noted; of several files that say different things, what the first says. */
  readonly metadata: Readonly<Record<string, string>>;
  private readonly sources: ReadonlyMap<string, ByteSource>;

  /** @param location path or URL of the file, or of the index. */
  constructor(
    readonly location: string,
    parts: readonly Part[],
  ) {
    this.tensors = new Map(parts.flatMap(({ header }) => [...header.tensors]));
    this.metadata = Object.assign({}, ...parts.map(({ header }) => header.metadata).reverse()) as Record<
      string,
      string
    >;
    this.sources = new Map(parts.map(({ source }) => [source.location, source]));
  }

  /**
   * One tensor; of the file, no more than its bytes is read.
   * @throws `models/weight` where there is none of that name, naming the nearest.
   */
  async read(name: string): Promise<Weight> {
    const entry = this.need(name);
    return weightOf(entry, await this.sourceOf(entry).read(entry.start, entry.end));
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
      const bytes = await this.sourceOf(entries[0]).read(start, end);
      for (const entry of entries) {
        state.set(entry.name, weightOf(entry, bytes.subarray(entry.start - start, entry.end - start)));
        done += entry.end - entry.start;
      }
      progress?.({ task: 'read tensors', done, total });
    }
    return state;
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    await closeAll(this.sources.values());
  }

  private need(name: string): TensorEntry {
    return this.tensors.get(name) ?? refuseMissing(name, [...this.tensors.keys()], this.location);
  }

  private sourceOf({ file }: TensorEntry): ByteSource {
    return this.sources.get(file) as ByteSource;
  }
}

/** Lets go of files. */
export async function closeAll(sources: Iterable<ByteSource>): Promise<void> {
  await Promise.all(Array.from(sources, (source) => source.close()));
}

function weightOf({ name, type, shape, file, start, end }: TensorEntry, bytes: Uint8Array): Weight {
  return TENSOR_TYPES[type].read(bytes, shape, `${file}, bytes ${start} to ${end}, tensor '${name}'`);
}

/** Tensors of a file whose bytes follow each other. */
interface Run {
  readonly start: number;
  end: number;
  readonly entries: [TensorEntry, ...TensorEntry[]];
}

/** Files in the order in which they are first asked for. */
function runs(entries: readonly TensorEntry[]): Run[] {
  const files = [...new Set(entries.map(({ file }) => file))];
  return files.flatMap((one) => runsOf(entries.filter(({ file }) => file === one)));
}

function runsOf(entries: readonly TensorEntry[]): Run[] {
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
