import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as zlib from 'node:zlib';
import type { Page } from 'playwright-core';
import type { PageTests } from './page.js';
import { startPages, type Pages } from './pages.js';

type Found<K extends keyof PageTests> = Awaited<ReturnType<PageTests[K]>>;

for (const isIsolated of [false, true]) {
  const memory = isIsolated ? 'that shares memory' : 'without shared memory';
  describe(`loader in a page ${memory} (skipped without Chromium)`, function () {
    this.timeout(60_000);
    let pages: Pages;
    let page: Page;
    const problems: string[] = [];

    before(async function () {
      pages = await startPages(this);
      page = await pages.open(isIsolated);
      page.on('pageerror', (error) => problems.push(error.message));
    });
    after(() => pages?.close());
    afterEach(() => expect(problems.splice(0)).to.deep.equal([]));

    /** Runs one of the functions of `page.ts`. */
    const inPage = <K extends keyof PageTests>(
      name: K,
      ...args: Parameters<PageTests[K]>
    ): Promise<Found<K>> =>
      page.evaluate(
        ([each, given]) => {
          const { tests } = globalThis as unknown as {
            tests: Record<string, (...args: readonly unknown[]) => Promise<never>>;
          };
          return (tests[each] as (typeof tests)[string])(...given);
        },
        [name, args] as const,
      );

    it('gives the same batches for 0, 1 and 3 workers, epoch by epoch', async () => {
      expect(await inPage('isolated')).to.equal(isIsolated);
      const [none, one, three] = await inPage('same');
      expect(none?.map(({ batches }) => batches.length)).to.deep.equal([8, 8]);
      expect(none?.[0]).not.to.deep.equal(none?.[1]);
      expect(one).to.deep.equal(none);
      expect(three).to.deep.equal(none);
    });

    it('lets all workers work', async () => {
      expect(await inPage('spread')).to.equal(2);
    });

    it('takes workers of the program, data sets of modules, and streams', async () => {
      const [data, stream] = await inPage('given');
      expect(data?.error ?? stream?.error).to.equal(undefined);
      expect(data?.batches.map(({ label }) => label)).to.deep.equal([
        [0, 1, 2, 3],
        [4, 5],
      ]);
      expect(stream?.batches.map(({ text }) => text)).to.deep.equal([['0', '1'], ['2']]);
    });

    it('hands arrays over without a copy: nothing of them is left in the worker', async () => {
      const [found] = await inPage('transferred');
      expect(found?.batches.map(({ left }) => left)).to.deep.equal([
        [4, 4],
        [0, 0],
        [0, 0],
      ]);
    });

    it('passes on what a sample throws, with its number and cause, after the batches before it', async () => {
      const [found] = await inPage('thrown');
      expect(found?.batches.map(({ indices }) => indices)).to.deep.equal([
        [0, 1],
        [2, 3],
      ]);
      expect(found?.error).to.include({ index: 5, code: 'data/sample', cause: 'no sample 5' });
    });

    it('replaces a worker that closes itself, and does its batch again', async () => {
      const { found, happened } = await inPage('replaced');
      expect(happened).to.equal(true);
      expect(found[0]?.error).to.equal(undefined);
      expect(found[0]?.batches.flatMap(({ label }) => label)).to.deep.equal([...Array(12).keys()]);
    });

    it('gives up a batch that ends two workers, naming the sample', async () => {
      const found = await inPage('dead');
      for (const [i, why] of [/no word of why/, /thrown in a timer/, /rejected by nobody/].entries()) {
        expect(found[i]?.batches.map(({ indices }) => indices)).to.deep.equal([
          [0, 1],
          [2, 3],
        ]);
        expect(found[i]?.error).to.include({ code: 'data/worker' });
        expect(found[i]?.error?.['message'])
          .to.match(/^sample 5: .*samples 4, 5/)
          .and.match(why);
      }
    });

    it('tells why workers do not start', async () => {
      const found = (await inPage('unstarted')).map(([first]) => first?.error);
      for (const [i, why] of [/no word of why/, /does not load/, /no worker today/].entries()) {
        expect(found[i]?.['message'])
          .to.match(/^a worker that starts: /)
          .and.match(why);
        expect(found[i]).to.include({ code: 'data/worker' });
      }
      expect(found[3]).to.include({ code: 'argument/invalid' });
    });

    it('leaves the rest unread when the consumer stops early, and ends all workers when told', async () => {
      const { after: read, later, idle, closed, quick } = await inPage('stopped');
      expect(read).to.be.within(50, 299); // without it 300 would be read, and 300 later
      expect(later).to.equal(read);
      expect(idle).to.equal(2);
      expect([closed, quick]).to.deep.equal([0, 0]);
    });

    it('reads tables, lines, IDX and sound by URLs', async () => {
      const folder = path.join(pages.folder, 'files');
      fs.mkdirSync(folder, { recursive: true });
      const packed = zlib.gzipSync(Buffer.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4]));
      fs.writeFileSync(path.join(folder, 'images.idx.gz'), packed);
      fs.writeFileSync(path.join(folder, 'rows.jsonl'), '{"x":[1,2]}\n\n{"x":[3,4]}\n');
      fs.writeFileSync(path.join(folder, 'a.wav'), wav([128, 192]));
      const found = await inPage('fetched', 'files/');
      const both = (batch: unknown) => [{ batches: [batch] }, { batches: [batch] }];
      expect(found).to.deep.equal([
        ...both({ x: [1, 2, 3, 4], label: [1, 0], indices: [0, 1] }),
        ...both({ x: [1, 2, 3, 4], indices: [0, 1] }),
        ...both({ image: [1, 2, 3, 4], indices: [0, 1] }),
        ...both({ audio: [0, 0.5], rate: [8000], label: [7], indices: [0] }),
      ]);
    });

    it('refuses folders, bare names, functions, and what cannot be fetched', async () => {
      const codes = (await inPage('refused')).map((error) => (error as { code: string }).code);
      expect(codes).to.deep.equal([
        ...['data/browser', 'data/browser', 'io/not-found', 'io/network'],
        ...['argument/invalid', 'data/function'],
      ]);
    });
  });
}

/** A WAV file of 8 bits. */
function wav(samples: readonly number[]): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF');
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, Buffer.from(samples)]);
}
