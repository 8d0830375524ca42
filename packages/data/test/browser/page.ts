/* What a page does with the loader, for `workers.test.ts`. It is bundled; what it finds is plain data. */
import {
  arrays,
  csv,
  fromModule,
  idx,
  imageFolder,
  jsonLines,
  loader,
  wavFiles,
  wavFolder,
  type Dataset,
  type Loader,
  type LoaderOptions,
  type StreamDataset,
} from '@tfjs-optimize/data';

const MODULE = new URL('./module.js', location.href).href;
const ref = (name: string, options: unknown = {}) => ({ module: MODULE, export: name, options });

/** Samples `{ x: [i, -i], label: i }`. */
function numbered(length: number): Dataset {
  const values = Float32Array.from({ length: 2 * length }, (_, i) => (i % 2 === 0 ? i / 2 : -(i - 1) / 2));
  const label = Int32Array.from({ length }, (_, i) => i);
  return arrays({ x: { values, shape: [length, 2] }, label });
}

/** Batches as plain lists, and what ended them. */
interface Read {
  readonly batches: readonly Readonly<Record<string, readonly (number | string)[]>>[];
  readonly error?: Readonly<Record<string, unknown>>;
}

function told(error: unknown): Readonly<Record<string, unknown>> {
  const { name, message, code, index, cause } = error as Record<string, unknown> & Error;
  return { name, message, code, index, cause: (cause as Error | undefined)?.message };
}

async function readAll(made: Loader): Promise<Read> {
  const batches: Record<string, readonly (number | string)[]>[] = [];
  try {
    for await (const { fields, indices } of made) {
      const lists = Object.entries(fields).map(([name, { values }]) => [name, [...values]] as const);
      batches.push({ ...Object.fromEntries(lists), indices: [...indices] });
    }
    return { batches };
  } catch (error) {
    return { batches, error: told(error) };
  }
}

async function read(data: Dataset | StreamDataset, options: LoaderOptions, epochs = 1): Promise<Read[]> {
  const made = loader(data, options);
  const found: Read[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) found.push(await readAll(made));
  await made.close();
  return found;
}

/** Locks of workers, which tell how many of them live. */
async function alive(): Promise<number> {
  const { held = [] } = await navigator.locks.query();
  return held.filter(({ name }) => name?.startsWith('@tfjs-optimize/data') === true).length;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const tests = {
  isolated: async () => crossOriginIsolated,

  async same() {
    const data = numbered(30);
    const options = { batchSize: 4, shuffle: true, seed: 3, transform: ref('drawn') };
    return Promise.all([0, 1, 3].map((workers) => read(data, { ...options, workers }, 2)));
  },

  /** A script of another name and form, modules and streams. */
  async given() {
    const worker = (): Worker => new Worker('/classic.js');
    const data = await fromModule(ref('make', { length: 6 }));
    const stream = { stream: () => [0, 1, 2].map((label) => ({ label, text: `${label}` })) };
    return [
      ...(await read(data, { workers: 2, batchSize: 4, worker })),
      ...(await read(stream, { workers: 1, batchSize: 2, worker })),
    ];
  },

  thrown: () =>
    read(numbered(8), { workers: 2, batchSize: 2, transform: ref('trouble', { at: 5, how: 'throw' }) }),

  async replaced() {
    const once = `/${Math.random()}`;
    const transform = ref('trouble', { at: 5, how: 'close', once });
    const found = await read(numbered(12), { workers: 2, batchSize: 2, transform });
    return { found, happened: (await caches.match(once)) !== undefined };
  },

  dead: () =>
    Promise.all(
      ['close', 'uncaught', 'rejected'].map(async (how) => {
        const [found] = await read(numbered(8), {
          ...{ workers: 1, batchSize: 2, transform: ref('trouble', { at: 5, how }) },
        });
        return found;
      }),
    ),

  async unstarted() {
    const closing = await fromModule(ref('make', { close: true }));
    const never = (): Worker => new Worker('/no-such.js', { type: 'module' });
    const none = (): Worker => {
      throw new Error('no worker today');
    };
    return Promise.all([
      read(closing, { workers: 1 }),
      read(numbered(4), { workers: 1, worker: never }),
      read(numbered(4), { workers: 1, worker: none }),
      read(numbered(4), { workers: 1, transform: ref('nothing') }),
    ]);
  },

  /** Stops after a batch: samples that were read by then and later, and workers at each step. */
  async stopped() {
    let count = 0;
    const channel = new BroadcastChannel('count');
    channel.onmessage = () => count++;
    const transform = ref('slow', { ms: 1, channel: 'count' });
    const kept = loader(numbered(1000), { workers: 2, batchSize: 50, prefetch: 3, transform });
    for await (const _ of kept) break;
    await pause(50); // what they were at
    const [after, idle] = [count, await alive()];
    await pause(150);
    const later = count;
    await kept.close();
    const closed = await alive();
    const brief = loader(numbered(8), { workers: 3, batchSize: 2, keepWorkersMs: 0 });
    for await (const _ of brief) break;
    channel.close();
    // A worker that was ended before it said that it lives is gone a moment later.
    let quick = await alive();
    for (let i = 0; i < 100 && quick > 0; i++) {
      await pause(50);
      quick = await alive();
    }
    return { after, later, idle, closed, quick };
  },

  async spread() {
    const transform = ref('slow', { ms: 2 });
    const [found] = await read(numbered(40), { workers: 2, batchSize: 1, transform });
    return new Set(found?.batches.map(({ thread }) => thread?.[0])).size;
  },

  transferred: () => read(numbered(6), { workers: 1, batchSize: 2, collate: ref('keeping') }),

  /** Sources over URLs, `address` being that of a folder of the server. */
  async fetched(address: string) {
    const blob = URL.createObjectURL(new Blob(['a,b,label\n1,2,yes\n3,4,no\n']));
    const made = await Promise.all([
      csv(blob, { label: 'label' }),
      jsonLines(`${address}rows.jsonl`),
      idx(`${address}images.idx.gz`),
    ]);
    const wav = wavFiles([`${address}a.wav`], { labels: [7] });
    const all = await Promise.all(
      [...made, wav].map((data) => Promise.all([0, 1].map((workers) => read(data, { workers })))),
    );
    return all.flat(2);
  },

  async refused() {
    const attempts = [
      () => wavFolder('folder'),
      () => imageFolder('folder'),
      () => jsonLines('no-such.jsonl'),
      () => csv('http://localhost:1/refuses.csv'),
      () => fromModule({ module: 'bare' }),
      () => read(numbered(2), { workers: 1, transform: () => ({}) }),
    ];
    const found: unknown[] = [];
    for (const attempt of attempts) found.push(await attempt().then(() => 'no error', told));
    return found;
  },
};

export type PageTests = typeof tests;
Object.assign(globalThis, { tests });
