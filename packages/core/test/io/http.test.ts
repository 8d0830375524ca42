import { loadModel, toArtifacts } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { filesOf } from './model-files.js';
import { smallModel } from './small-model.js';

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

describe('http', () => {
  const expected = toArtifacts(smallModel());
  const { json, shards } = filesOf(smallModel(), [1, 12]);
  const text = JSON.stringify(json);
  let answer: Answer;
  let base: string;
  let asked: string[];
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    asked = [];
    answer = serve('/dir/');
  });

  /** Serves the files below a folder, for any query. */
  function serve(folder: string, files: ReadonlyMap<string, Uint8Array | string> = withJson()): Answer {
    return (request, response) => {
      const name = new URL(request.url ?? '', base).pathname;
      const found = name.startsWith(folder) ? files.get(name.slice(folder.length)) : undefined;
      response.writeHead(found === undefined ? 404 : 200).end(found ?? 'nothing here');
    };
  }

  function withJson(spoilt: object = json): Map<string, Uint8Array | string> {
    return new Map<string, Uint8Array | string>([...shards, ['model.json', JSON.stringify(spoilt)]]);
  }

  it('is read with weight files beside the model.json', async () => {
    const model = await loadModel(`${base}/dir/model.json`);
    expect(toArtifacts(model)).to.deep.equal(expected);
    expect(model.source.location).to.equal(`${base}/dir/model.json`);
    expect(asked).to.have.members([
      '/dir/model.json',
      '/dir/shard1.bin',
      '/dir/shard2.bin',
      '/dir/shard3.bin',
    ]);
  });

  it('takes a URL that ends in a slash as a folder', async () => {
    expect(toArtifacts(await loadModel(`${base}/dir/?v=2`))).to.deep.equal(expected);
    expect(asked[0]).to.equal('/dir/model.json?v=2');
  });

  it('carries the query to the weight files, as TensorFlow.js does, and drops the fragment', async () => {
    await loadModel(`${base}/dir/model.json?alt=media&path=a/b#part`);
    for (const url of asked) expect(url).to.match(/\?alt=media&path=a\/b$/);
    expect(asked).to.have.lengthOf(4);
  });

  it('takes a prefix for weight files', async () => {
    answer = (request, response) =>
      serve(request.url === '/dir/model.json' ? '/dir/' : '/cdn/w-')(request, response);
    const model = await loadModel(`${base}/dir/model.json`, { weightPathPrefix: `${base}/cdn/w-` });
    expect(toArtifacts(model)).to.deep.equal(expected);
  });

  it('takes a function from path to URL, and a fetch of one’s own with headers', async () => {
    const headers: unknown[] = [];
    const model = await loadModel('https://models.example/model.json', {
      weightUrlConverter: (path) => Promise.resolve(`https://blobs.example/${path}`),
      requestInit: { headers: { authorization: 'me' } },
      fetchFunc: (url, init) => {
        headers.push(new Headers(init?.headers).get('authorization'));
        const name = new Request(url).url.replace(/^.*\//, '');
        return Promise.resolve(new Response(name === 'model.json' ? text : (shards.get(name) as BodyInit)));
      },
    });
    expect(toArtifacts(model)).to.deep.equal(expected);
    expect(headers).to.deep.equal(['me', 'me', 'me', 'me']);
  });

  it('looks beside the URL it was sent to when the weights are not beside the one given', async () => {
    answer = (request, response) => {
      if (request.url === '/latest/model.json')
        response.writeHead(302, { location: '/dir/model.json' }).end();
      else serve('/dir/')(request, response);
    };
    expect(toArtifacts(await loadModel(`${base}/latest/model.json`))).to.deep.equal(expected);
  });

  it('follows redirected weight files', async () => {
    answer = (request, response) => {
      if (request.url?.endsWith('.json')) serve('/a/')(request, response);
      else if (request.url?.startsWith('/a/')) {
        response.writeHead(307, { location: request.url.replace('/a/', '/dir/') }).end();
      } else serve('/dir/')(request, response);
    };
    expect(toArtifacts(await loadModel(`${base}/a/model.json`))).to.deep.equal(expected);
  });

  /** What goes wrong, the code, what the message must say, and the server that does it. */
  const failures: [what: string, code: string, says: RegExp, server: () => Answer][] = [
    ['a model.json that is not there', 'io/not-found', /model\.json.*status 404/, () => serve('/other/')],
    ['a server that fails', 'io/network', /status 500/, () => (_, response) => response.writeHead(500).end()],
    [
      'a weight file that is not there',
      'io/shard',
      /shard2\.bin.*status 404/,
      () => serve('/dir/', new Map([...withJson()].filter(([name]) => name !== 'shard2.bin'))),
    ],
    [
      'a weight file that the server fails at',
      'io/network',
      /shard3\.bin.*status 503/,
      () => (request, response) => {
        if (request.url?.includes('shard3')) response.writeHead(503).end();
        else serve('/dir/')(request, response);
      },
    ],
    [
      'a weight file that is too short',
      'io/shard',
      /expected 25 bytes.*got 24/,
      () => serve('/dir/', new Map([...withJson(), ['shard3.bin', new Uint8Array(12)]])),
    ],
    [
      'a body that ends before its length',
      'io/network',
      /shard1\.bin/,
      () => (request, response) => {
        if (!request.url?.includes('shard1')) return serve('/dir/')(request, response);
        response.writeHead(200, { 'content-length': '100' });
        response.write('abc', () => response.destroy());
      },
    ],
    ['a connection that breaks', 'io/network', /model\.json/, () => (request) => request.socket.destroy()],
    [
      'a page instead of JSON',
      'io/format',
      /check the URL/,
      () => serve('/dir/', new Map([['model.json', '<!DOCTYPE html><p>Welcome']])),
    ],
    [
      'endless redirects',
      'io/network',
      /model\.json/,
      () => (_, response) => response.writeHead(302, { location: '/dir/model.json' }).end(),
    ],
    [
      'a weight path that climbs',
      'io/unsafe',
      /below the model\.json/,
      () => serve('/dir/', withJson({ ...json, weightsManifest: [{ paths: ['../x.bin'], weights: [] }] })),
    ],
    [
      'a weight path that climbs in disguise',
      'io/unsafe',
      /paths below/,
      () =>
        serve('/dir/', withJson({ ...json, weightsManifest: [{ paths: ['%2e%2e/x.bin'], weights: [] }] })),
    ],
    [
      'a weight path that is a URL',
      'io/unsafe',
      /below the model\.json/,
      () => serve('/dir/', withJson({ ...json, weightsManifest: [{ paths: ['http://a/x'], weights: [] }] })),
    ],
  ];
  for (const [what, code, says, makeServer] of failures) {
    it(`refuses ${what} with ${code}`, async () => {
      answer = makeServer();
      const error = await expectCode(code, () => loadModel(`${base}/dir/model.json`));
      expect(error.message).to.match(says);
    });
  }

  it('refuses a server that is not there with io/network', async () => {
    const error = await expectCode('io/network', () => loadModel('http://127.0.0.1:1/model.json'));
    expect(error.message).to.include('http://127.0.0.1:1/model.json');
  });

  it('stops when asked, even while the server keeps silent', async () => {
    const stop = new AbortController();
    answer = () => stop.abort(new Error('enough'));
    await expectCode('aborted', () => loadModel(`${base}/dir/model.json`, { signal: stop.signal }));
  });
});
