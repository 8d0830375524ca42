import { Weight, Weights, fileHandler, loadModel, saveModel, toArtifacts } from '@tfjs-optimize/core';
import { expectCode, runChild, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as fsp from 'node:fs/promises';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { savedBytes } from '../../src/io/save.js';
import { writeModel, type WriteFs, type WriteOptions } from '../../src/io/write.js';
import { listFiles } from './model-files.js';
import { smallModel } from './small-model.js';

const SOURCE = ['--conditions=@tfjs-optimize/source', '--require', 'ts-node/register'];
const CHILD = path.join(__dirname, 'save-child.ts');

/** Names in a folder, hidden ones included. */
const namesIn = (folder: string): string[] => fs.readdirSync(folder).sort();

describe('saveModel', () => {
  const expected = toArtifacts(smallModel());

  it('writes a folder that gives the same model, and tells what it wrote', () =>
    withTempFolder(async (folder) => {
      const out = path.join(folder, 'deep', 'out');
      const { files, bytes } = await saveModel(smallModel(), out);
      expect(toArtifacts(await loadModel(out))).to.deep.equal(expected);
      expect(files.map((file) => file.path)).to.deep.equal(['model.json', 'group1-shard1of1.bin']);
      const sizes = files.map((file) => fs.statSync(path.join(out, file.path)).size);
      expect(files.map((file) => file.bytes)).to.deep.equal(sizes);
      expect(bytes).to.equal(sizes.reduce((a, b) => a + b));
      expect(savedBytes(smallModel())).to.equal(bytes);
      expect(namesIn(path.join(folder, 'deep')), 'nothing beside it').to.deep.equal(['out']);
      fs.mkdirSync(path.join(folder, 'any'));
      const [mode, usual] = [out, path.join(folder, 'any')].map((name) => fs.statSync(name).mode);
      expect(mode, 'as readable as any new folder').to.equal(usual);
    }));

  for (const shardBytes of [1, 7, 24, 25, 26]) {
    it(`cuts 25 bytes of weights into files of at most ${shardBytes}`, () =>
      withTempFolder(async (folder) => {
        const out = path.join(folder, 'out');
        const { files } = await saveModel(smallModel(), out, { shardBytes });
        expect(savedBytes(smallModel(), shardBytes)).to.equal(
          files.reduce((sum, file) => sum + file.bytes, 0),
        );
        const sizes = files.slice(1).map((file) => file.bytes);
        const count = Math.ceil(25 / shardBytes);
        expect(sizes.slice(0, -1).every((size) => size === shardBytes)).to.equal(true);
        expect(sizes.reduce((a, b) => a + b)).to.equal(25);
        expect(files.at(-1)?.path).to.equal(`group1-shard${count}of${count}.bin`);
        expect(toArtifacts(await loadModel(out))).to.deep.equal(expected);
      }));
  }

  it('writes weights larger than its buffer, in files smaller and larger than it', () =>
    withTempFolder(async (folder) => {
      const model = smallModel();
      const values = Float32Array.from({ length: 2_300_001 }, (_, i) => i);
      const weights = new Weights([...model.weights, ['bias', Weight.of(values, [2_300_001])]]);
      for (const shardBytes of [3_000_000, 6_000_000, 20_000_000]) {
        const out = path.join(folder, `${shardBytes}`);
        await saveModel(model.with({ weights }), out, { shardBytes });
        const read = (await loadModel(out)).weights.need('bias');
        expect(Buffer.compare(read.bytes, weights.need('bias').bytes), `${shardBytes}`).to.equal(0);
      }
    }));

  it('gives the same bytes for the same model, each time and after reading', () =>
    withTempFolder(async (folder) => {
      const [a, b, c] = ['a', 'b', 'c'].map((name) => path.join(folder, name)) as [string, string, string];
      await saveModel(smallModel(), a, { shardBytes: 10 });
      await saveModel(smallModel(), b, { shardBytes: 10 });
      await saveModel(await loadModel(a), c, { shardBytes: 10 });
      expect(listFiles(b)).to.deep.equal(listFiles(a));
      expect(listFiles(c)).to.deep.equal(listFiles(a));
    }));

  it('takes file URLs and refuses the name of a file', () =>
    withTempFolder(async (folder) => {
      const out = path.join(folder, 'out');
      await saveModel(smallModel(), pathToFileURL(out).href);
      expect(namesIn(out)).to.include('model.json');
      await expectCode('argument/invalid', () => saveModel(smallModel(), path.join(folder, 'model.json')));
      await expectCode('argument/invalid', () =>
        saveModel(smallModel(), path.join(folder, 'x'), { shardBytes: 0 }),
      );
      expect(namesIn(folder)).to.deep.equal(['out']);
    }));
});

describe('saveModel onto what exists', () => {
  /** A saved model in a folder named `out`, to be saved over. */
  async function withOld(work: (out: string, folder: string) => Promise<void>): Promise<void> {
    await withTempFolder(async (folder) => {
      const out = path.join(folder, 'out');
      await saveModel(smallModel(), out, { shardBytes: 5 });
      await work(out, folder);
    });
  }

  it('refuses, and leaves all as it was', () =>
    withOld(async (out, folder) => {
      const before = listFiles(folder);
      const error = await expectCode('io/exists', () => saveModel(smallModel(), out));
      expect(error.message).to.include(out);
      fs.mkdirSync(path.join(folder, 'empty'));
      await expectCode('io/exists', () => saveModel(smallModel(), path.join(folder, 'empty')));
      fs.writeFileSync(path.join(folder, 'file'), 'mine');
      await expectCode('io/exists', () =>
        saveModel(smallModel(), path.join(folder, 'file'), { overwrite: true }),
      );
      expect(listFiles(folder)).to.deep.equal([...before, ['file', 'mine']].sort());
    }));

  it('replaces a model when asked, its other shards included', () =>
    withOld(async (out, folder) => {
      await saveModel(smallModel(), out, { overwrite: true });
      expect(namesIn(out)).to.deep.equal(['group1-shard1of1.bin', 'model.json']);
      expect(namesIn(folder)).to.deep.equal(['out']);
    }));

  it('replaces a model whose weight files have names of their own', () =>
    withOld(async (out) => {
      const json = JSON.parse(fs.readFileSync(path.join(out, 'model.json'), 'utf8')) as {
        weightsManifest: { paths: string[] }[];
      };
      json.weightsManifest[0]?.paths.splice(0, 1, 'my.weights');
      fs.renameSync(path.join(out, 'group1-shard1of5.bin'), path.join(out, 'my.weights'));
      fs.writeFileSync(path.join(out, 'model.json'), JSON.stringify(json));
      await saveModel(smallModel(), out, { overwrite: true });
      expect(namesIn(out)).to.deep.equal(['group1-shard1of1.bin', 'model.json']);
    }));

  it('never deletes what is no part of a model', () =>
    withOld(async (out, folder) => {
      fs.writeFileSync(path.join(out, 'thesis.txt'), 'years of work');
      const before = listFiles(folder);
      const error = await expectCode('io/exists', () => saveModel(smallModel(), out, { overwrite: true }));
      expect(error.message).to.include('thesis.txt');
      expect(listFiles(folder)).to.deep.equal(before);
    }));

  it('keeps the old model when the new one cannot be completed', () =>
    withOld(async (out, folder) => {
      const before = listFiles(folder);
      const stop = new AbortController();
      const progress = (): void => stop.abort(new Error('enough'));
      const options = { overwrite: true, shardBytes: 10, signal: stop.signal, progress };
      await expectCode('aborted', () => saveModel(smallModel(), out, options));
      expect(listFiles(folder)).to.deep.equal(before);
    }));

  it('replaces the folder behind a link, not the link', () =>
    withOld(async (out, folder) => {
      const link = path.join(folder, 'link');
      fs.symlinkSync(out, link, 'junction');
      await saveModel(smallModel(), link, { overwrite: true });
      expect(fs.lstatSync(link).isSymbolicLink()).to.equal(true);
      expect(namesIn(out)).to.deep.equal(['group1-shard1of1.bin', 'model.json']);
    }));
});

describe('saving that fails', () => {
  const model = { json: {}, specs: [], parts: [new Uint8Array(100)] };

  /** The file system, except that one call fails, with a system's error. */
  function failing(call: keyof WriteFs, code: string, when = 1): WriteFs {
    let calls = 0;
    const error = Object.assign(new Error(`${code}: made by a test`), { code });
    const broken = (...args: unknown[]): unknown => {
      if (++calls === when) return Promise.reject(error);
      return (fsp[call] as (...given: unknown[]) => unknown)(...args);
    };
    return { ...fsp, [call]: broken };
  }

  /** The file system, except that the n-th write to a file fails. */
  function fullAfter(writes: number, code: string): WriteFs {
    let left = writes;
    const open = async (...args: Parameters<typeof fsp.open>): Promise<fsp.FileHandle> => {
      const handle = await fsp.open(...args);
      const writeFile = handle.writeFile.bind(handle);
      handle.writeFile = (data) =>
        left-- > 0 ? writeFile(data) : Promise.reject(Object.assign(new Error(code), { code }));
      return handle;
    };
    return { ...fsp, open };
  }

  async function expectNothingLeft(
    code: string,
    brokenFs: WriteFs,
    options: WriteOptions = {},
  ): Promise<void> {
    await withTempFolder(async (folder) => {
      const out = path.join(folder, 'new', 'deep', 'out');
      const work = (): Promise<unknown> => writeModel(out, model, { shardBytes: 30, ...options }, brokenFs);
      const error = await expectCode(code, work);
      expect(error.message).to.include(out);
      expect(namesIn(folder)).to.deep.equal([]);
    });
  }

  for (const writes of [0, 1, 3, 4]) {
    it(`on a disk that is full after ${writes} writes says io/disk-full and leaves nothing`, () =>
      expectNothingLeft('io/disk-full', fullAfter(writes, 'ENOSPC')));
  }
  it('over a quota says io/disk-full', () => expectNothingLeft('io/disk-full', fullAfter(2, 'EDQUOT')));
  it('on a disk that may not be written says io/permission', async () => {
    await expectNothingLeft('io/permission', failing('mkdir', 'EROFS'));
    for (const when of [2, 3]) await expectNothingLeft('io/permission', failing('mkdir', 'EACCES', when));
    await expectNothingLeft('io/permission', failing('open', 'EACCES', 2));
  });
  it('ends where the system refuses a folder as missing', () =>
    expectNothingLeft('io/not-found', failing('mkdir', 'ENOENT', 2)));
  it('at the last step, the renaming, leaves nothing', () =>
    expectNothingLeft('io/permission', failing('rename', 'EPERM')));

  it('at the last step of overwriting puts the old model back', () =>
    withTempFolder(async (folder) => {
      const out = path.join(folder, 'out');
      await saveModel(smallModel(), out);
      const before = listFiles(folder);
      for (const when of [1, 2]) {
        const broken = failing('rename', 'EPERM', when);
        await expectCode('io/permission', () => writeModel(out, model, { overwrite: true }, broken));
        expect(listFiles(folder), `rename ${when}`).to.deep.equal(before);
        expect(namesIn(folder)).to.deep.equal(['out']);
      }
    }));

  it('below a file says so', () =>
    withTempFolder(async (folder) => {
      fs.writeFileSync(path.join(folder, 'file'), 'mine');
      await expectCode('io/not-found', () => saveModel(smallModel(), path.join(folder, 'file', 'out')));
    }));

  it('in a folder that this user may not write says io/permission', function () {
    // The superuser may write everywhere, so a process of another user is asked.
    if (process.platform === 'win32') this.skip();
    return withTempFolder(async (folder) => {
      fs.chmodSync(folder, 0o555);
      const asRoot = process.getuid?.() === 0;
      const error = await new Promise<unknown>((resolve) => {
        const script = `require('node:fs/promises').mkdir(${JSON.stringify(path.join(folder, 'x'))}).catch((e) => process.exit(e.code === 'EACCES' ? 13 : 1))`;
        const child = spawn(process.execPath, ['-e', script], asRoot ? { uid: 65534, gid: 65534 } : {});
        child.on('exit', resolve);
        child.on('error', resolve);
      });
      expect(error, 'the system refuses with EACCES, which becomes io/permission').to.equal(13);
      if (!asRoot) await expectCode('io/permission', () => saveModel(smallModel(), path.join(folder, 'out')));
      fs.chmodSync(folder, 0o755);
    });
  });

  it('when aborted at any step leaves nothing', async () => {
    for (let steps = 0; steps < 4; steps++) {
      const stop = new AbortController();
      let left = steps;
      const progress = (): void => {
        if (left-- === 0) stop.abort(new Error('enough'));
      };
      await withTempFolder(async (folder) => {
        const options = { shardBytes: 7, signal: stop.signal, progress };
        await expectCode('aborted', () => saveModel(smallModel(), path.join(folder, 'a', 'out'), options));
        expect(namesIn(folder)).to.deep.equal([]);
      });
    }
  });

  it('through a handler passes errors of its own on', () =>
    withTempFolder(async (folder) => {
      await expectCode('io/exists', () => saveModel(smallModel(), fileHandler(folder)));
    }));
});

describe('a process that ends while it saves', function () {
  this.timeout(60_000);

  /** Starts a process that saves and stops half-way; `how` ends it then. */
  async function interrupted(
    folder: string,
    mode: string,
    signal?: NodeJS.Signals,
  ): Promise<number | string | null> {
    const out = path.join(folder, 'out');
    const child = spawn(process.execPath, [...SOURCE, CHILD, out, mode], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | string | null>((resolve) =>
      child.on('exit', (code, by) => resolve(code ?? by)),
    );
    const half = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
    await Promise.race([half, ended]);
    if (signal !== undefined) child.kill(signal);
    return ended;
  }

  it('by Ctrl-C leaves nothing', () =>
    withTempFolder(async (folder) => {
      expect(await interrupted(folder, 'wait', 'SIGINT')).to.equal('aborted'.length);
      expect(namesIn(folder)).to.deep.equal([]);
    }));

  it('by process.exit leaves nothing', () =>
    withTempFolder(async (folder) => {
      expect(await interrupted(folder, 'exit')).to.equal(3);
      expect(namesIn(folder)).to.deep.equal([]);
    }));

  it('by being killed leaves no half model, only a hidden folder', () =>
    withTempFolder(async (folder) => {
      expect(await interrupted(folder, 'wait', 'SIGKILL')).to.equal('SIGKILL');
      expect(namesIn(folder).filter((name) => !name.startsWith('.out.tmp-'))).to.deep.equal([]);
      // And does not hinder the next one.
      await saveModel(smallModel(), path.join(folder, 'out'));
      expect(namesIn(folder)).to.include('out');
    }));

  it('by a second Ctrl-C ends at once with status 130', () =>
    withTempFolder(async (folder) => {
      const { code } = await runChild(CHILD, [path.join(folder, 'out'), 'twice'], { nodeOptions: SOURCE });
      expect(code).to.equal(130);
    }));
});
