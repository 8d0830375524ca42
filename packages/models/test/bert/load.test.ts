import { expect } from 'chai';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { backend, modelDigest } from '@tfjs-optimize/core';
import {
  expectCode,
  goldenTensor,
  needGolden,
  tempFolder,
  withTempFolder,
  type GoldenCase,
} from '@tfjs-optimize/testing';
import { buildBert } from '../../src/bert/build.js';
import { loadBert, type LoadBertOptions } from '../../src/bert/load.js';
import { encodeSafetensors } from '../../src/safetensors/write.js';
import { server } from '../safetensors/files.js';
import { needMinilm } from '../support/minilm.js';
import { relativeDifference, TINY, tinyState } from '../support/tiny.js';

const SIZES = {
  vocab_size: 1500,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  max_position_embeddings: 64,
  num_labels: 3,
};
const words = Array.from({ length: 1495 }, (_, i) => `word${i}`);
const VOCAB = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words].join('\n');
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'config.json': JSON.stringify(SIZES),
  'model.safetensors': encodeSafetensors(tinyState()),
  'vocab.txt': VOCAB,
};

const TOKENIZER = {
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(VOCAB.split('\n').map((token, id) => [token, id])),
  },
  added_tokens: [{ id: 1500, content: '[EXTRA]', special: true }],
  pre_tokenizer: { type: 'BertPreTokenizer' },
};

function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, contents] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), contents);
}

/** A message that tells what to do: a sentence behind the one that ends with what was got. */
const ADVISED = /, got .*[.?] [A-Z].*[.?]$/s;

describe('loadBert', () => {
  before(() => backend.use('cpu'));

  it('loads model and tokenizer from a folder', () =>
    withTempFolder(async (folder) => {
      write(folder, FILES);
      const { model, tokenizer, config } = await loadBert(`${folder}/`);
      const built = buildBert(TINY, tinyState());
      expect(modelDigest(model)).to.equal(modelDigest(built));
      expect(config).to.deep.equal(TINY);
      tf.tidy(() => {
        const [logits] = model.run(tokenizer.encode(['word3 word4', 'word5']).tensors());
        expect(logits?.shape).to.deep.equal([2, 3]);
      });
      model.dispose();
    }));

  describe('from a server', () => {
    const URL = 'https://a.example/bert';
    const digest = modelDigest(buildBert(TINY, tinyState()));
    let cache: string;
    let asked: string[];
    let files: Record<string, string | Uint8Array>;
    const fetchFunc: typeof fetch = (url, init) => {
      const name = (url as string).slice(URL.length + 1);
      asked.push(name);
      const file = files[name];
      if (file === undefined) return Promise.resolve(new Response('', { status: 404 }));
      const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file;
      return server(bytes).fetchFunc(url, init);
    };
    const load = async (options: LoadBertOptions = {}): Promise<string> =>
      modelDigest((await loadBert(URL, { fetchFunc, cache, ...options })).model);
    beforeEach(() => {
      [cache, asked, files] = [tempFolder('bert-cache'), [], { ...FILES }];
    });

    it('fetches each file once, and asks no more for those that are not there', async () => {
      expect(await load()).to.equal(digest);
      const order = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'vocab.txt'];
      expect(asked).to.deep.equal([...order, 'model.safetensors']);
      asked.length = 0;
      expect(await load()).to.equal(digest);
      expect(await load({ offline: true })).to.equal(digest);
      expect(asked).to.deep.equal([]);
    });

    it('refuses offline what it does not have, by its URL, and other checksums', async () => {
      const error = await expectCode('models/offline', () => load({ offline: true }));
      expect(error.message).to.contain(`${URL}/config.json`);
      await load();
      const weights = FILES['model.safetensors'] as Uint8Array;
      const right = createHash('sha256').update(weights).digest('hex');
      await load({ sha256: { 'model.safetensors': right }, offline: true });
      await expectCode('models/checksum', () => load({ sha256: { 'vocab.txt': right } }));
      await expectCode('argument/invalid', () => load({ sha256: { 'vocab.txt': 'abc' } }));
    });

    it('does not keep what it cannot read, and tells its URL', async () => {
      files['model.safetensors'] = '<html><body>Log in</body></html>';
      const error = await expectCode('models/safetensors', () => load());
      expect(error.message).to.contain(`${URL}/model.safetensors, in the cache as ${cache}`);
      files['model.safetensors'] = FILES['model.safetensors'] as Uint8Array;
      expect(await load()).to.equal(digest);
      expect(asked.filter((name) => name === 'vocab.txt')).to.have.length(1);
    });

    it('tries again where a server is busy', async () => {
      let calls = 0;
      const busy: typeof fetch = (url, init) =>
        calls++ === 0 ? Promise.resolve(new Response('', { status: 503 })) : fetchFunc(url, init);
      expect(await load({ fetchFunc: busy, pauseMs: 1 })).to.equal(digest);
    });
  });

  const bad: Readonly<
    Record<string, readonly [string, Readonly<Record<string, string | Uint8Array>>, RegExp]>
  > = {
    'no files': ['io/not-found', {}, /config\.json: expected a file, got none\. Give the folder/],
    'no weights': ['io/not-found', { 'model.safetensors': '' }, /model\.safetensors: expected a file/],
    'weights in a pickle alone': [
      'io/not-found',
      { 'model.safetensors': '', 'pytorch_model.bin': 'PK' },
      /model\.safetensors: expected a file, or .* Pickles of PyTorch .* safetensors\.torch\.save_file/,
    ],
    'no tokenizer': ['models/tokenizer', { 'vocab.txt': '' }, /tokenizer\.json or vocab\.txt, got neither/],
    'JSON that ends early': ['io/format', { 'config.json': '{"a":' }, /config\.json: expected JSON/],
    'a vocabulary that is no UTF-8': [
      'io/format',
      { 'vocab.txt': Uint8Array.of(0x61, 0xc3, 0xa9, 0xff, 0x62) },
      /vocab\.txt, byte 3: expected UTF-8/,
    ],
    'a vocabulary with a line too many': [
      'models/tokenizer',
      { 'vocab.txt': `${VOCAB}\none more` },
      /\/vocab\.txt: expected at most 1500 tokens, as the model's vocab_size tells, got 1501\. Give/,
    ],
    'a tokenizer with a number too high': [
      'models/tokenizer',
      { 'tokenizer.json': JSON.stringify(TOKENIZER) },
      /\/tokenizer\.json: expected at most 1500 tokens, as the model's vocab_size tells, got 1501\. Give/,
    ],
    'another kind of tokenizer': [
      'models/tokenizer',
      { 'tokenizer.json': '{"model":{"type":"BPE"}}' },
      /\/tokenizer\.json, model\.type: expected 'WordPiece', got 'BPE'\. Give/,
    ],
    'blocks that the configuration does not have': [
      'models/weight',
      { 'config.json': JSON.stringify({ ...SIZES, num_hidden_layers: 1 }) },
      /tensor 'bert\.encoder\.layer\.1\..*: expected no more blocks than num_hidden_layers, 1, got 2\. See/,
    ],
    'weights of another model': [
      'models/weight',
      { 'config.json': JSON.stringify({ ...SIZES, intermediate_size: 65 }) },
      /model\.safetensors, tensor 'bert\.encoder\.layer\.0\.intermediate\.dense\.weight': expected the shape \[65,32\]/,
    ],
  };
  for (const [what, [code, files, said]] of Object.entries(bad)) {
    it(`tells file and place of ${what}`, () =>
      withTempFolder(async (folder) => {
        const all = what === 'no files' ? {} : { ...FILES, ...files };
        write(folder, Object.fromEntries(Object.entries(all).filter(([, contents]) => contents !== '')));
        const error = await expectCode(code, () => loadBert(folder));
        expect(error.message).to.match(said).and.match(ADVISED);
      }));
  }

  it('refuses what is no place', async () => {
    for (const place of [undefined, '', 5] as string[]) {
      await expectCode('argument/invalid', () => loadBert(place));
    }
  });

  it('refuses options that it does not know, and stops when asked to', () =>
    withTempFolder(async (folder) => {
      write(folder, FILES);
      await expectCode('argument/invalid', () => loadBert(folder, { output: ['mean'] } as object));
      await expectCode('aborted', () => loadBert(folder, { signal: AbortSignal.abort() }));
    }));

  describe('all-MiniLM-L6-v2', () => {
    let folder: string;
    let golden: GoldenCase;
    before(function () {
      folder = needMinilm(this);
      golden = needGolden(this, 'a11_models').cases.find(
        ({ name }) => name === 'minilm_sentences',
      ) as GoldenCase;
    });

    /** What PyTorch and this may differ by, relative to the largest number. */
    const FLOAT32 = 1e-4;

    it(`gives the ids and embeddings of transformers, to ${FLOAT32} of the largest number`, async function () {
      this.timeout(60_000);
      await backend.use('wasm');
      const { model, tokenizer } = await loadBert(folder, { outputs: ['sentence_embedding'] });
      const texts = golden.inputs['texts'] as unknown as string[];
      const batch = tokenizer.encode(texts, { maxLength: 128 });
      expect([...batch.inputIds]).to.deep.equal((golden.inputs['input_ids'] as unknown as number[][]).flat());
      expect([...batch.attentionMask]).to.deep.equal(
        (golden.inputs['attention_mask'] as unknown as number[][]).flat(),
      );
      tf.tidy(() => {
        const [embeddings] = model.run(batch.tensors());
        const difference = relativeDifference(
          (embeddings as tf.Tensor).dataSync(),
          goldenTensor(golden.outputs, 'embeddings'),
        );
        expect(difference).to.be.below(FLOAT32);
      });
      model.dispose();
      await backend.use('cpu');
    });
  });
});
