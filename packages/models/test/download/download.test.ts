import type { Progress } from '@tfjs-optimize/core';
import { download, type DownloadOptions } from '@tfjs-optimize/models';
import { expectCode, tempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { serve, type Server } from './server.js';

const SIZE = 300_000;

describe('download, from a server on loopback', () => {
  let server: Server;
  let cache: string;
  const body = Uint8Array.from({ length: SIZE }, (_, i) => (i * 7919) >>> 3);

  beforeEach(async () => {
    server = await serve(body);
    cache = path.join(tempFolder('download'), 'cache');
  });
  afterEach(() => server.close());

  const get = (options: DownloadOptions = {}): Promise<string> =>
    download(server.url, { cache, pauseMs: 1, ...options });
  const whole = (file: string): void => {
    expect(fs.readFileSync(file).equals(body), 'the bytes of the server').to.equal(true);
  };
  const kept = (): string[] => (fs.existsSync(cache) ? fs.readdirSync(cache) : []);
  const parts = (): string[] => {
    const folder = path.join(cache, 'parts');
    return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  };

  it('fetches once, tells how far it is, and leaves nothing else in the cache', async () => {
    const seen: Progress[] = [];
    const file = await get({ progress: (each) => seen.push(each) });
    whole(file);
    expect(path.basename(file)).to.match(/^[0-9a-f]{24}-weights\.bin$/);
    expect(kept()).to.deep.equal([path.basename(file)]);
    expect(seen.at(-1)).to.include({ done: SIZE, total: SIZE });
    expect(seen.map(({ done }) => done)).to.deep.equal(
      seen.map(({ done = 0 }) => done).sort((a, b) => a - b),
    );
    expect(await get({ sha256: server.sha256.toUpperCase() })).to.equal(file);
    expect(await get({ offline: true })).to.equal(file);
    expect(server.requests).to.have.length(1);
  });

  it('goes on where a connection broke, within one call', async () => {
    server.behaviour = { ...server.behaviour, cutAfter: [100_000, 50_000] };
    whole(await get({ sha256: server.sha256 }));
    const ranges = server.requests.map(({ range }) => range);
    expect(ranges).to.have.length(3);
    expect(ranges[0]).to.equal(undefined);
    expect(ranges[1]).to.equal('bytes=100000-');
    expect(ranges[2]).to.equal('bytes=150000-');
    expect(server.requests[1]?.['if-range']).to.equal('"one"');
    expect(parts()).to.deep.equal([]);
  });

  it('goes on where the rest was told by its range alone and ended early', async () => {
    server.behaviour = { ...server.behaviour, cutAfter: [150_000], endAfter: [Infinity, 100_000] };
    whole(await get());
    const [, ...starts] = server.requests.map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
    expect(starts).to.deep.equal([150_000, 250_000]);
  });

  it('gives up with URL and byte, keeps the part apart, and goes on at the next call', async () => {
    server.behaviour = { ...server.behaviour, cutAfter: [120_000] };
    const error = await expectCode('io/network', () => get({ retries: 0 }));
    expect(error.message).to.include(`${server.url}, byte 120000`);
    expect(kept()).to.deep.equal(['parts']);
    expect(parts()).to.have.length(1);
    whole(await get());
    expect(server.requests[1]?.range).to.equal('bytes=120000-');
    expect(kept()).to.have.length(1);
  });

  it('goes on from the part of a process that was killed', async () => {
    server.behaviour = { ...server.behaviour, cutAfter: [120_000] };
    await expectCode('io/network', () => get({ retries: 0 }));
    const [free = ''] = parts();
    const gone = spawnSync(process.execPath, ['--version']).pid;
    const host = os.hostname().replace(/\W/g, '_').slice(0, 40);
    const folder = path.join(cache, 'parts');
    fs.renameSync(path.join(folder, free), path.join(folder, free.replace('nobody', `${host}-${gone}-1234`)));
    whole(await get());
    expect(server.requests[1]?.range).to.equal('bytes=120000-');
  });

  it("leaves the part of a process that is at work alone, and doesn't need it", async () => {
    server.behaviour = { ...server.behaviour, cutAfter: [120_000] };
    await expectCode('io/network', () => get({ retries: 0 }));
    const [free = ''] = parts();
    const host = os.hostname().replace(/\W/g, '_').slice(0, 40);
    const folder = path.join(cache, 'parts');
    const busy = free.replace('nobody', `${host}-${process.ppid}-1234`);
    fs.renameSync(path.join(folder, free), path.join(folder, busy));
    whole(await get());
    expect(server.requests[1]?.range).to.equal(undefined);
    expect(parts()).to.deep.equal([busy]);
  });

  it('begins anew where the file has changed on the server', async () => {
    server.behaviour = { ...server.behaviour, cutAfter: [120_000] };
    server.body = new Uint8Array(SIZE);
    await expectCode('io/network', () => get({ retries: 0 }));
    [server.body, server.behaviour] = [body, { ranges: true, etag: '"two"' }];
    whole(await get());
    expect(server.requests).to.have.length(2);
  });

  it('begins anew where the server knows no ranges', async () => {
    server.behaviour = { ranges: false, etag: '"one"', cutAfter: [120_000] };
    whole(await get());
    expect(server.requests).to.have.length(2);
  });

  it('without a tag goes on only if a checksum can tell, and begins anew if it tells of a mixture', async () => {
    server.behaviour = { ranges: true, cutAfter: [120_000] };
    await expectCode('io/network', () => get({ retries: 0 }));
    expect(kept(), 'a part that nobody could go on from').to.deep.equal([]);
    server.requests.length = 0;
    server.body = new Uint8Array(SIZE);
    await expectCode('io/network', () => get({ retries: 0, sha256: server.sha256 }));
    [server.body, server.behaviour] = [body, { ranges: true }];
    whole(await get({ sha256: server.sha256 }));
    expect(server.requests.map(({ range }) => range)).to.deep.equal([undefined, 'bytes=120000-', undefined]);
  });

  it('refuses a wrong checksum and leaves nothing', async () => {
    const wrong = '0'.repeat(64);
    const error = await expectCode('models/checksum', () => get({ sha256: wrong }));
    expect(error.message).to.include(server.url).and.include(wrong).and.include(server.sha256);
    expect(kept()).to.deep.equal([]);
  });

  it('fetches a file of the cache again that has another checksum, and refuses it offline', async () => {
    const file = await get();
    fs.writeFileSync(file, 'broken');
    await expectCode('models/checksum', () => get({ sha256: server.sha256, offline: true }));
    whole(await get({ sha256: server.sha256 }));
    expect(server.requests).to.have.length(2);
  });

  it('offline with nothing in the cache is refused, and asks no server', async () => {
    const error = await expectCode('models/offline', () => get({ offline: true }));
    expect(error.message).to.include(server.url);
    expect(server.requests).to.have.length(0);
    expect(kept()).to.deep.equal([]);
  });

  it('tries again where a server is busy, as often as told, and not where it says no', async () => {
    server.behaviour = { ...server.behaviour, statuses: [503, 429], retryAfter: '0' };
    whole(await get());
    expect(server.requests).to.have.length(3);
    for (const [status, code, requests] of [
      [503, 'io/network', 3],
      [500, 'io/network', 3],
      [403, 'io/network', 1],
      [404, 'io/not-found', 1],
    ] as const) {
      server.requests.length = 0;
      server.behaviour = { ...server.behaviour, statuses: [status, status, status] };
      const error = await expectCode(code, () => get({ cache: tempFolder('download'), retries: 2 }));
      expect(error.message).to.include(server.url).and.include(`status ${status}`);
      expect(server.requests).to.have.length(requests);
    }
  });

  it('takes a connection without bytes for broken', async () => {
    server.behaviour = { ...server.behaviour, stallAfter: [100_000] };
    whole(await get({ timeoutMs: 200 }));
    expect(server.requests[1]?.range).to.equal('bytes=100000-');
    server.requests.length = 0;
    const error = await expectCode('io/network', () =>
      get({ cache: tempFolder('download'), timeoutMs: 200, retries: 0 }),
    );
    expect(error.message).to.include('nothing for 200 ms');
  });

  it('can be stopped, keeps what came, and goes on later', async () => {
    server.behaviour = { ...server.behaviour, stallAfter: [100_000] };
    const controller = new AbortController();
    const stopped = get({
      signal: controller.signal,
      progress: ({ done }) => done === 100_000 && controller.abort(),
    });
    await expectCode('aborted', () => stopped);
    expect(kept()).to.deep.equal(['parts']);
    whole(await get());
    expect(server.requests[1]?.range).to.equal('bytes=100000-');
    await expectCode('aborted', () => get({ signal: AbortSignal.abort() }));
  });

  it('fetches once for calls at the same time, each with its own checksum', async () => {
    const [a, b, c] = await Promise.allSettled([
      get(),
      get({ sha256: server.sha256 }),
      get({ sha256: '1'.repeat(64), retries: 0 }),
    ]);
    expect([a.status, b.status, c.status]).to.deep.equal(['fulfilled', 'fulfilled', 'rejected']);
    expect(server.requests.length).to.be.at.most(2);
    whole((a as PromiseFulfilledResult<string>).value);
  });

  it('says that nobody answers, and where the cache cannot be', async () => {
    await server.close();
    const error = await expectCode('io/network', () => get({ retries: 1 }));
    expect(error.message).to.match(/weights\.bin: expected an answer, got fetch failed: .*ECONNREFUSED/);
    expect(kept()).to.deep.equal([]);
    const file = path.join(tempFolder('download'), 'file');
    fs.writeFileSync(file, '');
    for (const folder of [file, path.join(file, 'below')]) {
      const refused = await expectCode('io/permission', () => get({ cache: folder }));
      expect(refused.message).to.include(`${folder}: expected a folder for the cache, got a file`);
    }
  });

  it('refuses what is no URL and options of another kind before any work', async () => {
    for (const url of ['', 'weights.bin', 'file:///weights.bin', 'ftp://host/x']) {
      await expectCode('argument/invalid', () => download(url));
    }
    const bad: readonly unknown[] = [
      { sha256: 'abc' },
      { retries: -1 },
      { timeoutMs: 0 },
      { offline: 1 },
      { cahce: 'x' },
    ];
    for (const each of bad) await expectCode('argument/invalid', () => get(each as DownloadOptions));
    expect(server.requests).to.have.length(0);
  });
});
