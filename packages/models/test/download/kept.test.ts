import { Weight } from '@tfjs-optimize/core';
import { encodeSafetensors, loadWeights } from '@tfjs-optimize/models';
import { expectCode, tempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { serve, type Server } from './server.js';

const good = encodeSafetensors([['x', Weight.of(new Float32Array(1000).fill(3), [1000])]]);
const page = Buffer.from('<!DOCTYPE html>\n<html><body>Log in</body></html>\n');

describe('weights that are refused once they are fetched', () => {
  let server: Server;
  let cache: string;
  beforeEach(async () => {
    server = await serve(good, '/model.safetensors');
    cache = tempFolder('kept');
  });
  afterEach(() => server.close());

  const refusedOnce = async (): Promise<string> => {
    const { message } = await expectCode('models/safetensors', () => loadWeights(server.url, { cache }));
    expect(message).to.include(server.url).and.include(cache).and.include('call again');
    expect(fs.readdirSync(cache)).to.deep.equal([]);
    [server.body, server.behaviour] = [good, {}];
    expect((await loadWeights(server.url, { cache })).get('x')?.size).to.equal(1000);
    return message;
  };

  it('do not stay in the cache where no length was told and the connection closed early', async () => {
    server.behaviour = { endAfter: [3000] };
    expect(await refusedOnce()).to.include('data_offsets in order, from 0 to');
  });

  it('do not stay in the cache where they are a page of HTML', async () => {
    server.body = page;
    expect(await refusedOnce()).to.include('bytes 0 to 8');
  });

  it('do not stay where an older call left them', async () => {
    await loadWeights(server.url, { cache });
    const [name] = fs.readdirSync(cache) as [string];
    fs.writeFileSync(path.join(cache, name), page);
    await expectCode('models/safetensors', () => loadWeights(server.url, { cache, offline: true }));
    expect(fs.readdirSync(cache), 'offline').to.deep.equal([name]);
    await refusedOnce();
  });

  it('stay where they have the checksum that was told', async () => {
    server.body = page;
    const sha256 = createHash('sha256').update(page).digest('hex');
    const error = await expectCode('models/safetensors', () => loadWeights(server.url, { cache, sha256 }));
    expect(error.message).to.include('Its checksum is right');
    expect(fs.readdirSync(cache)).to.have.length(1);
  });

  it('are taken out alone where they are one of the files of an index', async () => {
    const files: Record<string, Uint8Array> = {
      'model.safetensors.index.json': Buffer.from('{"weight_map":{"x":"a.safetensors"}}'),
      'a.safetensors': good.slice(0, -1),
    };
    const asked: string[] = [];
    const fetchFunc: typeof fetch = (url) => {
      const name = String(url).split('/').at(-1) as string;
      asked.push(name);
      return Promise.resolve(new Response((files[name] as Uint8Array).slice()));
    };
    const url = 'https://a.example/model.safetensors.index.json';
    const error = await expectCode('models/safetensors', () => loadWeights(url, { cache, fetchFunc }));
    expect(error.message).to.include('https://a.example/a.safetensors, in the cache as');
    files['a.safetensors'] = good;
    await loadWeights(url, { cache, fetchFunc });
    expect(asked).to.deep.equal(['model.safetensors.index.json', 'a.safetensors', 'a.safetensors']);
    files['model.safetensors.index.json'] = Buffer.from('{"weight_map":{"y":"a.safetensors"}}');
    const other = tempFolder('kept');
    await expectCode('models/safetensors', () => loadWeights(url, { cache: other, fetchFunc }));
    expect(fs.readdirSync(other), 'which of them is wrong nobody can tell').to.deep.equal([]);
  });
});
